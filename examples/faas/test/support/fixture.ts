import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'glovebox/fixtures';
import { HostUnderTest } from './host-under-test.ts';

/**
 * - `folder`: of the test's own, and gone after it
 * - `host`: a function host in a network namespace of the test's own; it ends with the test, and all its handlers too
 */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads a fixture's needs off its first parameter
  .extend('folder', ({}, { onCleanup }) => {
    const folder = mkdtempSync(join(tmpdir(), 'faas-'));
    onCleanup(() => rmSync(folder, { recursive: true }));
    return folder;
  })
  .extend('host', async ({ folder, spawn, netns, skip }) => {
    skip(
      process.getuid?.() !== 0,
      'handlers run as nobody in namespaces, which takes root: sudo, or glovebox run --as root',
    );
    return HostUnderTest.start(join(folder, 'state'), spawn, netns);
  });
