import { once } from 'node:events';
import { until } from '../../src/core/until.js';
import { createLab } from '../../src/netns/lab/create-lab.js';
import type { LabHost } from '../../src/netns/lab/lab-host.js';
import { decodeLink } from '../../src/netns/netlink/link.js';
import { encodeGetLink } from '../../src/netns/netlink/link-requests.js';
import { collectTraffic } from '../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../src/netns/traffic/generate-traffic.js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { compilePeer } from './peers/programs.js';

/** Nobody has joined it: what arrives is counted by the interface, and goes no further. */
const UNHEARD = { address: '239.1.1.1', port: 5000 };
const COUNT = 400_000;
const PEER = 'C, recvmmsg and sendmmsg, 64 in a call';

export default [
  {
    group: 'netns',
    name: 'a wire with a function that lets all pass: 400,000 datagrams of 64 bytes as fast as they can',
    unit: 'frames/s',
    target: 200_000,
    direction: 'at least',
    compare: 'ours',
    run: () => compareWires('pass'),
  },
  {
    group: 'netns',
    name: 'a wire with a function that decodes Ethernet, IPv4 and UDP of each frame',
    unit: 'frames/s',
    target: 100_000,
    direction: 'at least',
    compare: 'ours',
    run: () => compareWires('decode'),
  },
  {
    group: 'netns',
    name: 'a wire with delayMs: 20: how far from that the median is, at 2,000 datagrams/s',
    unit: 'ms',
    target: 1,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => measureDelay(),
  },
] satisfies readonly Benchmark[];

async function compareWires(name: 'pass' | 'decode'): Promise<Measurement> {
  return { ours: await measureWire(name), peer: await measureFloor(), peerName: PEER };
}

async function measureWire(name: 'pass' | 'decode'): Promise<number> {
  const links = { wire: { ends: ['a', 'b'], wire: true } } as const;
  await using lab = await createLab({ hosts: { a: {}, b: {} }, links });
  await lab.links.wire.intercept({ module: new URL('peers/pass.ts', import.meta.url), export: name });
  return await measureRate(lab.hosts.a, lab.hosts.b, ['wire', 'wire']);
}

async function measureFloor(): Promise<number | undefined> {
  using program = compilePeer('wire.c');
  if (program === undefined) return undefined;
  await using lab = await createLab({
    hosts: { a: {}, middle: {}, b: {} },
    links: { left: ['a', 'middle'], right: ['middle', 'b'] },
  });
  const { a, middle, b } = lab.hosts;
  const indexes = [middle.interface('left'), middle.interface('right')].map(({ ifindex }) => String(ifindex));
  const wire = middle.spawn(program.path, indexes, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(wire.stdout, 'data');
  return await measureRate(a, b, ['left', 'right']);
}

/** How many frames arrive in a second, until no more do. */
async function measureRate(
  sender: LabHost,
  receiver: LabHost,
  links: readonly [sender: string, receiver: string],
): Promise<number> {
  const near = sender.interface(links[0]);
  const far = receiver.interface(links[1]);
  const countArrived = (): number => {
    const link = decodeLink(receiver.netns.netlink.requestOne(encodeGetLink({ index: far.ifindex })));
    return Number(link.statistics?.rxPackets ?? 0);
  };
  const before = countArrived();
  const start = performance.now();
  const sending = generateTraffic(sender, { to: UNHEARD, count: COUNT, sizeBytes: 64, interface: near.name });
  let last = { arrived: before, atMs: start };
  let isSent = false;
  void sending.then(() => {
    isSent = true;
  });
  const look = (): boolean => {
    const now = { arrived: countArrived(), atMs: performance.now() };
    if (now.arrived > last.arrived) last = now;
    return isSent && now.atMs - last.atMs > 50;
  };
  await until(look, { timeoutMs: 60_000, intervalMs: 5, description: 'the last frame to arrive' });
  await sending;
  return ((last.arrived - before) * 1000) / (last.atMs - start);
}

async function measureDelay(): Promise<Measurement> {
  const links = { wire: { ends: ['a', 'b'], wire: true } } as const;
  await using lab = await createLab({ hosts: { a: {}, b: {} }, links });
  using _slow = lab.links.wire.impair({ aToB: { delayMs: 20 } });
  const count = 4000;
  const sink = collectTraffic(lab.hosts.b, { expected: count });
  const to = { address: lab.hosts.b.address, port: sink.port };
  await generateTraffic(lab.hosts.a, { to, count, rateFramesPerSecond: 2000 });
  const { latency } = await sink.report();
  return { ours: Math.abs((latency?.medianMs ?? Number.POSITIVE_INFINITY) - 20), peer: undefined, peerName: 'none' };
}
