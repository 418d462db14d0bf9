import { defineConfig } from 'vitest/config';

const tier = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout },
});

export default defineConfig({
  test: {
    fileParallelism: false,
    // What root runs must leave nothing behind that an ordinary user cannot write.
    cache: false,
    fsModuleCache: false,
    projects: [
      // Images: no process, no privilege.
      tier('unit', 5000),
      // Handlers in namespaces: root. The time is that of a machine that is emulated.
      tier('privileged', 120_000),
    ],
  },
});
