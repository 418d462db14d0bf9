// `node --expose-gc heap.ts SUBJECT`: prints by how many megabytes the heap grew over a million recorded calls.
import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import { createMockKernel } from '../peers/mock-kernel.js';

const CALLS = 1_000_000;
const CALLS_PER_CYCLE = 4;

/** How many operations a bounded record keeps. */
const RECORD_LIMIT = 1_000;

function measureHeapMegabytes(): number {
  if (globalThis.gc === undefined) throw new Error('run this with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed / 1e6;
}

interface Subject {
  readonly runCycle: (cycle: number) => Promise<void>;
  /** Proof that what is measured was recorded; and what is recorded stays reachable until then. */
  readonly countRecorded: () => number;
}

function createFake(recordLimit?: number): Subject {
  const kernel = new FakeKernel(recordLimit === undefined ? {} : { recordLimit });
  return {
    async runCycle(cycle) {
      const program = await kernel.load({ name: `prog_${cycle % 100}`, type: 'xdp' });
      const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
      await kernel.detach(link);
      await kernel.unload(program);
    },
    countRecorded: () => kernel.operations().length + kernel.faults.droppedOperations,
  };
}

function createMock(): Subject {
  const mock = createMockKernel();
  return {
    async runCycle(cycle) {
      const program = await mock.load({ name: `prog_${cycle % 100}`, type: 'xdp' });
      const link = await mock.attach({ type: 'xdp', program, ifindex: 2 });
      await mock.detach(link);
      await mock.unload(program);
    },
    countRecorded: () => Object.values(mock).reduce((sum, call) => sum + call.mock.calls.length, 0),
  };
}

const subjects: Readonly<Record<string, () => Subject>> = {
  fake: () => createFake(),
  'fake-bounded': () => createFake(RECORD_LIMIT),
  mock: createMock,
};

const create = subjects[process.argv[2] ?? ''];
if (create === undefined) throw new Error(`expected one of ${Object.keys(subjects).join(', ')}`);
const subject = create();
// Code is compiled and the bounded records are full before the first look.
const WARM_UP_CYCLES = 2_000;
for (let cycle = 0; cycle < WARM_UP_CYCLES; cycle += 1) await subject.runCycle(cycle);
const before = measureHeapMegabytes();
for (let cycle = 0; cycle < CALLS / CALLS_PER_CYCLE; cycle += 1) await subject.runCycle(cycle);
const after = measureHeapMegabytes();
const recorded = subject.countRecorded();
if (recorded !== CALLS + WARM_UP_CYCLES * CALLS_PER_CYCLE) throw new Error(`${recorded} calls were recorded`);
console.log(after - before);
