import { defineConfig } from 'vitest/config';

const tier = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout },
});

export default defineConfig({
  test: {
    // One after the other: packets want the processor for themselves.
    fileParallelism: false,
    // What root runs must leave nothing behind that an ordinary user cannot write.
    cache: false,
    fsModuleCache: false,
    projects: [
      // No process, no privilege.
      tier('unit', 5000),
      // Processes, as an ordinary user.
      tier('integration', 10_000),
      // Networks: root, or `glovebox run`.
      tier('privileged', 20_000),
    ],
  },
});
