import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect } from 'glovebox/fixtures';
import { takeInventory } from 'glovebox/netns';
import { createTempFolder } from 'glovebox/process';
import { expectNothingLeft } from './leftovers.ts';
import { type RelayOptions, RelayUnderTest } from './relay-under-test.ts';

export { describe } from 'glovebox/fixtures';
export { expect };

/** Starts a relay, on this machine or `in` a host of a lab; it ends with the test. */
export type StartRelay = (options?: RelayOptions) => Promise<RelayUnderTest>;

/**
 * - `directory`: of the test's own, and gone after it. After every test it is asserted that nothing is left: no process,
 *   no namespace, no interface
 * - `startRelay`: starts a relay, with a part of that directory; it is told to end before the lab that it is in
 */
export const test = base
  // It is set up before the labs and the programs of a test, and so looks after they are gone.
  .extend('directory', { auto: true }, async ({ onTestFinished }) => {
    const folder = createTempFolder({ prefix: 'relay-' });
    const before = takeInventory();
    // Hooks run when all fixtures have been taken down.
    onTestFinished(async () => {
      try {
        await expectNothingLeft(before, folder.path);
      } finally {
        folder.remove();
      }
    });
    return folder.path;
  })
  .extend('startRelay', ({ directory, spawn, createLab }, { onCleanup }): StartRelay => {
    // Asked for, so that labs are taken down after relays.
    void createLab;
    const relays: RelayUnderTest[] = [];
    onCleanup(async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
      for (const { runDirectory } of relays) expect(readdirSync(runDirectory)).toEqual([]);
    });
    let count = 0;
    return async (options = {}) => {
      count += 1;
      const relay = await RelayUnderTest.start(spawn, { runDirectory: join(directory, `relay${count}`), ...options });
      relays.push(relay);
      return relay;
    };
  });
