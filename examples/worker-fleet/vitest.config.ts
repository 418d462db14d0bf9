import { defineConfig } from 'vitest/config';

const tier = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout },
});

export default defineConfig({
  test: {
    // One after the other: fleets want the processor for themselves.
    fileParallelism: false,
    // What root runs must leave nothing behind that an ordinary user cannot write.
    cache: false,
    fsModuleCache: false,
    projects: [
      // On a clock of the tests' own: no process, no socket, no waiting.
      tier('unit', 20_000),
      // Real sockets, and a few processes, as an ordinary user.
      tier('integration', 20_000),
      // Fleets in networks that are damaged: root, or `glovebox run`.
      tier('fleet', 90_000),
    ],
  },
});
