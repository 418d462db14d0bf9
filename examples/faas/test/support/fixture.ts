import { join } from 'node:path';
import { test as base, requireCapability } from 'glovebox/fixtures';
import { createTempFolder } from 'glovebox/process';
import { HostUnderTest } from './host-under-test.ts';

/**
 * - `folder`: of the test's own, and gone after it
 * - `host`: a function host in a network namespace of the test's own; it ends with the test, and all its handlers too.
 *   Where the tests are not root's, one that asks for it is skipped, or fails with `GLOVEBOX_REQUIRE=root`
 */
export const test = base
  // It is set up before the programs of a test, and removed when they have ended: they write into it until then.
  .extend('folder', { auto: true }, ({ onTestFinished }) => {
    const folder = createTempFolder({ prefix: 'faas-' });
    // Hooks run when all fixtures have been taken down.
    onTestFinished(() => folder.remove());
    return folder.path;
  })
  .extend('root', async ({ task, skip }) => {
    // Handlers run in namespaces as nobody, with a root of their own.
    await requireCapability({ task, skip }, 'root');
    return true;
  })
  .extend('host', async ({ root, folder, spawn, netns }) => {
    void root;
    return HostUnderTest.start(join(folder, 'state'), spawn, netns);
  });
