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
      // Handlers in namespaces: root.
      tier('privileged', 30_000),
      // The same tests, each in a virtual machine of its own, of one processor, two at a time: QEMU, and no root. The time is
      // that of machines that are emulated.
      {
        test: {
          name: 'vm',
          include: ['test/privileged/**/*.test.ts'],
          env: { FAAS_RUNG: 'vm' },
          sequence: { concurrent: true },
          maxConcurrency: 2,
          testTimeout: 300_000,
        },
      },
    ],
  },
});
