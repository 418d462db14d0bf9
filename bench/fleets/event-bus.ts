import type { BrokerDriver, Participant, RunningBroker } from '../../examples/event-bus/test/support/drivers/driver.ts';
import type { Benchmark, Measurement } from '../benchmark.js';
import { median } from '../benchmark.js';
import { loadBuiltProcess } from '../built-package.js';

const TASKS = 10_000;
const COLLECTORS = 5;
const ROUND_TRIPS = 1000;
const WARM_UP = 300;
const MB = 1_000_000;

/** The example depends on the package as it is built, and is loaded when that is there; once, for building takes long. */
let example: ReturnType<typeof load> | undefined;

function loadExample(): ReturnType<typeof load> {
  example ??= load();
  return example;
}

async function load() {
  const built = await loadBuiltProcess();
  const [{ own }, { nats }, { BareRoundTrip }] = await Promise.all([
    import('../../examples/event-bus/test/support/drivers/own.ts'),
    import('../../examples/event-bus/test/support/drivers/nats.ts'),
    import('../../examples/event-bus/scenarios/bare-round-trip.ts'),
  ]);
  return { ...built, own, nats, BareRoundTrip };
}

/** Does something with a broker and its collectors, of which nothing is left then. */
async function withBroker<R>(
  driver: BrokerDriver,
  collectors: number,
  work: (client: Participant, broker: RunningBroker) => Promise<R>,
): Promise<R> {
  const { spawn, createTempFolder } = await loadExample();
  await using all = new AsyncDisposableStack();
  const folder = createTempFolder({ prefix: 'bus-bench-' });
  all.defer(() => folder.remove());
  const broker = all.use(
    await driver.start({
      spawn: async (...args) => all.use(await spawn(...args)),
      directory: folder.path,
    }),
  );
  for (let index = 0; index < collectors; index += 1) await broker.startCollector(`collector-${index}`, 'process');
  return await work(await broker.connect(), broker);
}

async function measureRate(driver: BrokerDriver): Promise<number> {
  return await withBroker(driver, COLLECTORS, async (client) => {
    const payloads = Array.from({ length: TASKS }, (_, n) => ({ n }));
    const startedMs = performance.now();
    await Promise.all(await client.submitAll('process', payloads));
    return (TASKS / (performance.now() - startedMs)) * 1000;
  });
}

async function timeMicroseconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) * 1000;
}

/** In turns, so that whatever slows the machine slows both. */
async function compareRoundTrips(
  ours: () => Promise<unknown>,
  peer: () => Promise<unknown>,
): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let count = -WARM_UP; count < ROUND_TRIPS; count += 1) {
    const pair = [await timeMicroseconds(ours), await timeMicroseconds(peer)] as const;
    if (count >= 0) for (const [index, each] of times.entries()) each.push(pair[index] ?? Number.NaN);
  }
  return [median(times[0]), median(times[1])];
}

async function compareRates(): Promise<Measurement> {
  const { own, nats } = await loadExample();
  const ours = await measureRate(own);
  const peer = nats.findObstacle() === undefined ? await measureRate(nats) : undefined;
  return { ours, peer, peerName: 'NATS of Debian, which stores nothing' };
}

async function compareWithSockets(): Promise<Measurement> {
  const { own, BareRoundTrip, spawn, createTempFolder } = await loadExample();
  return await withBroker(own, 1, async (client) => {
    await using all = new AsyncDisposableStack();
    const folder = createTempFolder({ prefix: 'bus-bench-' });
    all.defer(() => folder.remove());
    const bare = all.use(await BareRoundTrip.start(async (...args) => all.use(await spawn(...args)), folder.path));
    const [ours, peer] = await compareRoundTrips(
      () => client.request('process', {}),
      () => bare.make(),
    );
    return { ours, peer, peerName: 'bytes over sockets, with as many processes' };
  });
}

async function compareWithNats(): Promise<Measurement> {
  const { own, nats } = await loadExample();
  const peerName = 'NATS of Debian, which stores nothing';
  return await withBroker(own, 1, async (client) => {
    if (nats.findObstacle() !== undefined) {
      const request = () => client.request('process', {});
      return { ours: (await compareRoundTrips(request, request))[0], peer: undefined, peerName };
    }
    return await withBroker(nats, 1, async (other) => {
      const [ours, peer] = await compareRoundTrips(
        () => client.request('process', {}),
        () => other.request('process', {}),
      );
      return { ours, peer, peerName };
    });
  });
}

/** At work, after some thousands of tasks. */
async function compareMemory(): Promise<Measurement> {
  const { own, spawn } = await loadExample();
  await using idle = await spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("ready")'], {
    ready: { log: 'ready' },
  });
  return await withBroker(own, 10, async (client, broker) => {
    for (let round = 0; round < 5; round += 1) {
      const payloads = Array.from({ length: 500 }, (_, n) => ({ n }));
      await Promise.all(await client.submitAll('process', payloads));
    }
    const ours = broker.process.usage().rssBytes / MB;
    return { ours, peer: idle.usage().rssBytes / MB, peerName: 'a Node that does nothing' };
  });
}

const of = 'through the broker of examples/event-bus';

export default [
  {
    group: 'fleets',
    name: `10,000 tasks ${of}, which stores them, over five collectors`,
    unit: 'tasks/s',
    target: 0.5,
    direction: 'at least',
    rounds: 3,
    run: compareRates,
  },
  {
    group: 'fleets',
    name: `a round trip of a task ${of}`,
    unit: 'µs',
    target: 5,
    direction: 'at most',
    rounds: 3,
    run: compareWithSockets,
  },
  {
    group: 'fleets',
    name: `a round trip of a task ${of}, which stores it`,
    unit: 'µs',
    target: 1.5,
    direction: 'at most',
    rounds: 3,
    run: compareWithNats,
  },
  {
    group: 'fleets',
    name: 'memory of that broker with ten collectors',
    unit: 'MB',
    target: 50,
    direction: 'at most',
    compare: 'difference',
    rounds: 3,
    run: compareMemory,
  },
] satisfies readonly Benchmark[];
