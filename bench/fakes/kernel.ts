import { vi } from 'vitest';
import { FakeKernel } from '../../src/fakes/kernel/fake-kernel.js';
import type { Benchmark } from '../benchmark.js';
import { measureRate, measureRates } from '../measure.js';

const group = 'fakes';

/** The same four calls as people write them by hand: functions that record and answer what the test expects. */
function createMock(): { cycle(): Promise<void>; clear(): void } {
  const load = vi.fn(async (spec: { name: string }) => ({ id: 1, name: spec.name }));
  const attach = vi.fn(async (_spec: object) => ({ id: 1 }));
  const detach = vi.fn(async (_link: object) => undefined);
  const unload = vi.fn(async (_program: object) => undefined);
  return {
    async cycle() {
      const program = await load({ name: 'prog_one' });
      const link = await attach({ type: 'xdp', program, ifindex: 2 });
      await detach(link);
      await unload(program);
    },
    clear() {
      for (const each of [load, attach, detach, unload]) each.mockClear();
    },
  };
}

async function cycle(kernel: FakeKernel): Promise<void> {
  const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
  const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  await kernel.detach(link);
  await kernel.unload(program);
}

async function createFilled(count: number): Promise<FakeKernel> {
  const kernel = new FakeKernel({ recordLimit: 100_000 });
  for (let index = 0; index < count; index += 1) await kernel.load({ name: 'prog_one', type: 'xdp' });
  return kernel;
}

function collectGarbage(): void {
  globalThis.gc?.();
}

const benchmarks: readonly Benchmark[] = [
  {
    group,
    name: 'recorded operations of the fake kernel',
    unit: 'op/s',
    target: 300_000,
    direction: 'at least',
    compare: 'ours',
    async run() {
      const kernel = new FakeKernel();
      const mock = createMock();
      const rates = await measureRates(
        () => cycle(kernel),
        () => mock.cycle(),
      );
      return { ours: rates.ours * 4, peer: rates.peer * 4, peerName: 'vi.fn() mock' };
    },
  },
  {
    group,
    name: 'a load–attach–detach–unload cycle',
    unit: 'µs',
    target: 5,
    direction: 'at most',
    async run() {
      const kernel = new FakeKernel();
      const mock = createMock();
      const rates = await measureRates(
        () => cycle(kernel),
        () => mock.cycle(),
      );
      return { ours: 1e6 / rates.ours, peer: 1e6 / rates.peer, peerName: 'vi.fn() mock' };
    },
  },
  {
    group,
    name: 'an operation with 100,000 programs loaded',
    unit: 'µs',
    target: 2,
    direction: 'at most',
    rounds: 3,
    async run() {
      const [many, few] = [await createFilled(100_000), await createFilled(100)];
      const rates = await measureRates(
        () => cycle(many),
        () => cycle(few),
        { durationMs: 400 },
      );
      return { ours: 1e6 / (4 * rates.ours), peer: 1e6 / (4 * rates.peer), peerName: 'with 100 programs' };
    },
  },
  {
    group,
    name: 'the heap of a million recorded operations',
    unit: 'MB',
    target: 250,
    direction: 'at most',
    compare: 'ours',
    rounds: 1,
    async run() {
      const grow = async (work: () => Promise<void>, count: number): Promise<number> => {
        collectGarbage();
        const before = process.memoryUsage().heapUsed;
        for (let index = 0; index < count; index += 1) await work();
        collectGarbage();
        return (process.memoryUsage().heapUsed - before) / 1e6;
      };
      const kernel = new FakeKernel();
      const ours = await grow(() => cycle(kernel), 250_000);
      if (kernel.operations().length !== 1_000_000) throw new Error('not every operation was recorded');
      // A tenth is enough for a mock, which keeps far more of each call.
      const mock = createMock();
      const peer = (await grow(() => mock.cycle(), 25_000)) * 10;
      mock.clear();
      return { ours, peer, peerName: 'vi.fn() mock' };
    },
  },
  {
    group,
    name: 'listing 100,000 programs',
    unit: 'ms',
    target: 100,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    async run() {
      const kernel = await createFilled(100_000);
      const rate = await measureRate(() => kernel.programs(), { batch: 1 });
      return { ours: 1000 / rate, peer: undefined, peerName: 'none' };
    },
  },
];

export default benchmarks;
