import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { readEntries } from './scripts/entries.js';
import { snippetsFolder, writeSnippets } from './test/docs/snippets.js';

/** `glovebox` and its entries mean the sources here, so that no test needs a build (but those of the packed tarball). */
const alias = readEntries().map((entry) => ({
  find: new RegExp(`^${entry.specifier}$`),
  replacement: entry.source,
}));

// The snippets of the documentation become test files before Vitest looks for any.
writeSnippets();

/** Tests of models, codecs and other pure code. */
const pure = ['core', 'fakes', 'faults', 'contract', 'netns/netlink'].map((folder) => `test/${folder}/**/*.test.ts`);

/** What holds examples to times. */
const load = ['examples/*/test/load/**/*.test.ts'];

export default defineConfig({
  resolve: { alias },
  test: {
    exclude: [...configDefaults.exclude, '**/dist/**'],
    // Many tests wait, for processes, networks and kernels: with one file more than there are processors, none of these is idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: 'pure', include: pure, testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...pure,
            'test/consumer/**',
            'test/container/**',
            'test/ladder/**',
            'test/docs/**',
            'test/architecture/**',
          ],
          // Against those that hang; many make networks and processes, and the processor may be busy with others.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      // With a container engine of the tests' own.
      {
        extends: true,
        test: {
          name: 'container',
          include: [
            'test/container/**/*.test.ts',
            'test/ladder/**/*.test.ts',
            `${snippetsFolder}/docs/containers/**/*.test.ts`,
          ],
          globalSetup: ['test/container/support/engine.ts'],
          // They ask what the engine has left, which would be another file's.
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        // The whole import graph is drawn again and again.
        test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'], testTimeout: 120_000 },
      },
      // Those of processes and networks take seconds when the processor is busy.
      {
        extends: true,
        test: {
          name: 'examples',
          include: ['examples/*/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...load],
          testTimeout: 60_000,
        },
      },
      // What measures wants the processor for itself: one file after the other, when all others have ended.
      { extends: true, test: { name: 'load', include: load, fileParallelism: false, testTimeout: 60_000 } },
      // The same files with Linux in place of the fake: each test in network namespaces of its own.
      {
        extends: true,
        test: {
          name: 'netns',
          include: ['examples/bpf-manager/test/**/*.test.ts'],
          env: { GLOVEBOX_RUNG: 'netns' },
          testTimeout: 30_000,
        },
      },
      // Each test in a virtual machine of its own, two at a time: most of them wait for starts of Node that are emulated.
      {
        extends: true,
        test: {
          name: 'vm',
          include: ['examples/faas/test/privileged/**/*.test.ts'],
          env: { FAAS_RUNG: 'vm' },
          sequence: { concurrent: true },
          maxConcurrency: 2,
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'docs',
          include: ['test/docs/**/*.test.ts', `${snippetsFolder}/**/*.test.ts`],
          exclude: [`${snippetsFolder}/docs/containers/**`],
          testTimeout: 60_000,
        },
      },
      // Each of these packs, links and compiles; they are slow because that is what is tested.
      {
        extends: true,
        test: {
          name: 'consumer',
          include: ['test/consumer/**/*.test.ts'],
          globalSetup: ['test/consumer/pack.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
