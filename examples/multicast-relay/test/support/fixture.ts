import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect } from 'glovebox/fixtures';
import { assertNothingLeft, takeInventory } from './leftovers.ts';
import { type Place, type RelayOptions, RelayUnderTest } from './relay-under-test.ts';

export { describe } from 'glovebox/fixtures';
export { expect };

/** Starts a relay somewhere; it ends with the test. */
export type StartRelay = (place: Place, options?: RelayOptions) => Promise<RelayUnderTest>;

/**
 * - `directory`: of the test's own, and gone after it. After every test it is asserted that nothing is left: no process
 *   that knows the directory, no namespace, no interface
 * - `startRelay`: starts a relay, with a part of that directory; it is told to end before the lab that it is in
 */
export const test = base
  // It is set up before the labs of a test, and so looks after they are gone.
  .extend('directory', { auto: true }, async ({ onTestFinished }) => {
    const directory = mkdtempSync(join(tmpdir(), 'relay-'));
    const before = takeInventory(directory);
    // Hooks run when all fixtures have been taken down.
    onTestFinished(async () => {
      await assertNothingLeft(before, directory);
      rmSync(directory, { recursive: true });
    });
    return directory;
  })
  .extend('startRelay', ({ directory, createLab }, { onCleanup }): StartRelay => {
    // Asked for, so that labs are taken down after relays.
    void createLab;
    const relays: RelayUnderTest[] = [];
    onCleanup(async () => {
      await Promise.all(relays.map((relay) => relay.stop()));
      for (const { runDirectory } of relays) expect(readdirSync(runDirectory)).toEqual([]);
    });
    let count = 0;
    return async (place, options) => {
      count += 1;
      const relay = await RelayUnderTest.start(place, join(directory, `relay${count}`), options);
      relays.push(relay);
      return relay;
    };
  });
