import { FakeKernel } from '../../src/fakes/kernel/fake-kernel.js';
import { explore } from '../../src/faults/explore/explore.js';
import { FaultPlan } from '../../src/faults/plan.js';
import type { Benchmark } from '../benchmark.js';

/** Ten operations: five programs loaded and attached. */
async function runTenOperations(kernel: FakeKernel): Promise<void> {
  for (let index = 0; index < 5; index += 1) {
    const program = await kernel.load({ name: `prog_${index}`, type: 'kprobe' });
    await kernel.attach({ type: 'kprobe', program, functionName: 'do_exit' });
  }
}

function checkCounts(kernel: FakeKernel): void {
  if (kernel.linkCount() > kernel.programCount()) throw new Error('a link without a program');
}

/** Runs a second, with every fault that exploration tries. */
async function measureExploration(): Promise<{ readonly runs: number; readonly rate: number }> {
  const { runs, durationMs } = await explore({
    setup: ({ faults, clock }) => new FakeKernel({ faults, clock }),
    run: runTenOperations,
    invariants: { 'no link without a program': checkCounts },
  });
  return { runs, rate: (runs * 1000) / durationMs };
}

async function measureByHand(runs: number): Promise<number> {
  const start = performance.now();
  for (let run = 0; run < runs; run += 1) {
    const kernel = new FakeKernel({ faults: new FaultPlan() });
    await runTenOperations(kernel);
    checkCounts(kernel);
  }
  return (runs * 1000) / (performance.now() - start);
}

/** An exploration is a tenth of a second, so a round is made of several, in turns with the peer. */
const TURNS = 5;

export default [
  {
    group: 'fakes',
    name: 'explore: runs of a scenario of ten operations',
    unit: 'runs/s',
    target: 2_000,
    direction: 'at least',
    compare: 'ours',
    async run() {
      const sums = { ours: 0, peer: 0 };
      for (let turn = 0; turn < TURNS; turn += 1) {
        const { runs, rate } = await measureExploration();
        sums.ours += rate;
        sums.peer += await measureByHand(runs);
      }
      return { ours: sums.ours / TURNS, peer: sums.peer / TURNS, peerName: 'the runs by hand, without faults' };
    },
  },
] satisfies readonly Benchmark[];
