import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark } from '../benchmark.js';

const child = fileURLToPath(new URL('./children/heap.ts', import.meta.url));

/** Megabytes, measured in a process of its own: no other benchmark's garbage is in its heap. */
async function measureGrowth(subject: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, '--expose-gc', child, subject]);
  return Number(stdout);
}

export default [
  {
    group: 'fakes',
    name: 'heap growth over a million recorded operations',
    unit: 'MB',
    target: 250,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    async run() {
      return {
        ours: await measureGrowth('fake'),
        peer: await measureGrowth('mock'),
        peerName: 'vi.fn() mock',
      };
    },
  },
  {
    group: 'fakes',
    name: 'heap growth over a million operations with recordLimit: 1000',
    unit: 'MB',
    target: 1,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    async run() {
      return {
        ours: await measureGrowth('fake-bounded'),
        peer: await measureGrowth('fake'),
        peerName: 'without a limit',
      };
    },
  },
] satisfies readonly Benchmark[];
