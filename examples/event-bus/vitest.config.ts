import { defineConfig } from 'vitest/config';

const tier = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout },
});

export default defineConfig({
  test: {
    // One after the other: load wants the processor for itself.
    fileParallelism: false,
    projects: [
      // No process.
      tier('unit', 5000),
      // A broker and its collectors, as processes. The time is that of a machine that is busy with others.
      tier('processes', 30_000),
      // The same suite against this broker and NATS.
      tier('peers', 30_000),
      // What the figures are.
      tier('load', 60_000),
    ],
  },
});
