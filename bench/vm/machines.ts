import { randomBytes } from 'node:crypto';
import { Vm } from '../../src/vm/index.js';
import { type Benchmark, type Measurement, median } from '../benchmark.js';
import { timeBareBoot } from './peers/bare-boot.js';

const MEMORY_MIB = 128;
const RUNS = 50;
const FILE_BYTES = 10 * 2 ** 20;
const OPTIONS = { kernel: { debian: '6.1' }, memoryMiB: MEMORY_MIB, accelerator: 'tcg' } as const;

/** How long some work took, in milliseconds. */
async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

async function compareBoots(): Promise<Measurement> {
  const startedAtMs = performance.now();
  await using vm = await Vm.boot(OPTIONS);
  await vm.run('echo', ['up']);
  const ours = performance.now() - startedAtMs;
  await vm[Symbol.asyncDispose]();
  return { ours, peer: await timeBareBoot(MEMORY_MIB), peerName: 'QEMU by hand, to a static init that writes a line' };
}

/** Measures something of a machine that is up. */
async function measure(work: (vm: Vm) => Promise<number>): Promise<Measurement> {
  await using vm = await Vm.boot(OPTIONS);
  await vm.run('true');
  return { ours: await work(vm), peer: undefined, peerName: 'none' };
}

async function timeRestore(vm: Vm): Promise<number> {
  await using snapshot = await vm.snapshot();
  const startedAtMs = performance.now();
  await using restored = await snapshot.restore();
  await restored.run('echo', ['up']);
  return performance.now() - startedAtMs;
}

async function timeRuns(vm: Vm): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) times.push(await time(() => vm.run('true')));
  return median(times);
}

const common = { group: 'vm', unit: 'ms', direction: 'at most', rounds: 3 } as const;

export default [
  {
    ...common,
    name: 'an emulated machine, until the output of its first command is here',
    target: 1.4,
    rounds: 5,
    run: compareBoots,
  },
  {
    ...common,
    name: 'a machine from a snapshot, until the output of its first command is here',
    target: 500,
    compare: 'ours',
    run: () => measure(timeRestore),
  },
  {
    ...common,
    name: `run: the median of ${RUNS} in an emulated machine`,
    target: 15,
    compare: 'ours',
    run: () => measure(timeRuns),
  },
  {
    ...common,
    name: 'a file of 10 MiB written into an emulated machine',
    target: 1000,
    compare: 'ours',
    run: () => measure((vm) => time(() => vm.writeFile('/tmp/file', randomBytes(FILE_BYTES)))),
  },
] satisfies readonly Benchmark[];
