import { fakeDriver } from '../../src/contract/drivers/fake-driver.js';
import { linuxDriver } from '../../src/contract/drivers/linux-driver.js';
import { runContract } from '../../src/contract/run-contract.js';
import type { ContractDriver } from '../../src/contract/world.js';
import type { Kernel } from '../../src/kernel/contract.js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { measureRate } from '../measure.js';

type Cycle = (kernel: Kernel) => Promise<void>;

/** What a test of a manager does again and again. */
const attachCycle: Cycle = async (kernel) => {
  const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
  const link = await kernel.attach({ type: 'xdp', program, ifindex: 2 });
  await kernel.detach(link);
  await kernel.unload(program);
};

/** Without a hook, whose release waits until no processor can still be running the program. */
const pinCycle: Cycle = async (kernel) => {
  const program = await kernel.load({ name: 'prog_one', type: 'xdp' });
  await kernel.pin(program, '/sys/fs/bpf/contract/prog_one');
  await kernel.unload(program);
};

export default [
  {
    group: 'kernel',
    name: 'fake against Linux: load, attach, detach, unload',
    unit: 'cycles/s',
    target: 50,
    direction: 'at least',
    run: () => compareCycles(attachCycle, 1),
  },
  {
    group: 'kernel',
    name: 'fake against Linux: load, pin, unload',
    unit: 'cycles/s',
    target: 50,
    direction: 'at least',
    run: () => compareCycles(pinCycle, 10),
  },
  {
    group: 'kernel',
    name: 'the contract suite on Linux',
    unit: 's',
    target: 20,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    async run() {
      const linux = await linuxDriver();
      return {
        ours: await timeSuite(linux),
        peer: await timeSuite(fakeDriver()),
        peerName: 'on the fake',
      };
    },
  },
] satisfies readonly Benchmark[];

/** The same cycle on both, in the same run. */
async function compareCycles(cycle: Cycle, linuxBatch: number): Promise<Measurement> {
  const linux = await linuxDriver();
  await using fakeWorld = await fakeDriver().open({});
  await using linuxWorld = await linux.open({});
  return {
    ours: await measureRate(() => cycle(fakeWorld.kernel)),
    peer: await measureRate(() => cycle(linuxWorld.kernel), { durationMs: 500, batch: linuxBatch }),
    peerName: `the same on ${linux.name}`,
  };
}

async function timeSuite(driver: ContractDriver): Promise<number> {
  const startMs = performance.now();
  await runContract(driver);
  return (performance.now() - startMs) / 1000;
}
