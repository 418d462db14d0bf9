import { test as base } from 'glovebox/fixtures';
import { createTempFolder } from 'glovebox/process';
import { type BusOptions, BusUnderTest } from './bus-under-test.ts';
import { expectNothingRuns } from './leftovers.ts';

export { describe, expect } from 'glovebox/fixtures';

/** Starts a broker; it ends with the test, and so do its collectors and clients. */
export type StartBus = (options?: BusOptions) => Promise<BusUnderTest>;

/**
 * - `directory`: of the test's own, and gone after it. After every test it is asserted that no process of it is left
 * - `startBus`: starts a broker in a part of that directory
 */
export const test = base
  // It is set up before the programs of a test, and so looks after they are gone.
  .extend('directory', { auto: true }, async ({ onTestFinished }) => {
    const folder = createTempFolder({ prefix: 'bus-' });
    onTestFinished(async () => {
      try {
        await expectNothingRuns(folder.path);
      } finally {
        folder.remove();
      }
    });
    return folder.path;
  })
  .extend('startBus', ({ directory, spawn, scope }): StartBus => {
    return async (options = {}) => scope.use(await BusUnderTest.start({ spawn, directory }, options));
  });
