import { FakeKernel } from '../../src/fakes/kernel/fake-kernel.js';
import type { Benchmark } from '../benchmark.js';
import { measureRates } from '../measure.js';
import { createMockKernel } from './peers/mock-kernel.js';
import { RecordingStub } from './peers/recording-stub.js';

const CALLS_PER_CYCLE = 4;

async function runOnFake(kernel: FakeKernel): Promise<void> {
  const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
  const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  await kernel.detach(link);
  await kernel.unload(program);
}

async function runOnStub(stub: RecordingStub): Promise<void> {
  const program = await stub.load({ name: 'prog_one', type: 'xdp' });
  const link = await stub.attach({ type: 'xdp', program, ifindex: 2 });
  await stub.detach(link);
  await stub.unload(program);
}

async function runOnMock(mock: ReturnType<typeof createMockKernel>): Promise<void> {
  const program = await mock.load({ name: 'prog_one', type: 'xdp' });
  const link = await mock.attach({ type: 'xdp', program, ifindex: 2 });
  await mock.detach(link);
  await mock.unload(program);
}

export default [
  {
    group: 'fakes',
    name: 'recorded operations on the fake kernel (load, attach, detach, unload)',
    unit: 'op/s',
    target: 300_000,
    direction: 'at least',
    compare: 'ours',
    async run() {
      await using kernel = new FakeKernel();
      const stub = new RecordingStub();
      const cycles = await measureRates(
        () => runOnFake(kernel),
        () => runOnStub(stub),
        { durationMs: 400 },
      );
      return {
        ours: cycles.ours * CALLS_PER_CYCLE,
        peer: cycles.peer * CALLS_PER_CYCLE,
        peerName: 'hand-made recording stub',
      };
    },
  },
  {
    group: 'fakes',
    name: 'a load–attach–detach–unload cycle',
    unit: 'µs',
    target: 5,
    direction: 'at most',
    async run() {
      await using kernel = new FakeKernel();
      const mock = createMockKernel();
      const cycles = await measureRates(
        () => runOnFake(kernel),
        () => runOnMock(mock),
        { durationMs: 400 },
      );
      return { ours: 1e6 / cycles.ours, peer: 1e6 / cycles.peer, peerName: 'vi.fn() mock' };
    },
  },
] satisfies readonly Benchmark[];
