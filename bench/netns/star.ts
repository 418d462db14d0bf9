import { until } from '../../src/core/until.js';
import { createLab } from '../../src/netns/lab/create-lab.js';
import { pair, star } from '../../src/netns/lab/templates.js';
import { encodeListLinks } from '../../src/netns/netlink/link-requests.js';
import { encodeCreateVeth } from '../../src/netns/netlink/veth.js';
import { Netns } from '../../src/netns/netns.js';
import { type Benchmark, type Measurement, median } from '../benchmark.js';
import { compilePeer, findPeer, timePeer } from './peers/programs.js';

/** Namespaces of its own for a peer that would else leave names on the machine. */
const APART = ['--mount', '--net'];

export default [
  ...[10, 50, 100].map(
    (count): Benchmark => ({
      group: 'netns',
      name: `a star of ${count} hosts, IPv4, all up and ready`,
      unit: 'ms',
      target: 1.5,
      direction: 'at most',
      rounds: 7,
      run: () => compareWithFloor(count),
    }),
  ),
  {
    group: 'netns',
    name: 'a star of 100 hosts, against iproute2',
    unit: 'ms',
    target: 1 / 3,
    direction: 'at most',
    run: () =>
      compare(100, 'ip -batch, 102 processes', () => timePeer('unshare', [...APART, findPeer('ip-batch.sh'), '100'])),
  },
  {
    group: 'netns',
    name: 'a star of 100 hosts, against mininet',
    unit: 'ms',
    target: 1 / 30,
    direction: 'at most',
    rounds: 3,
    run: () => compare(100, 'mininet on a Linux bridge', () => timeMininet('100', 'created')),
  },
  {
    group: 'netns',
    name: 'a star of 100 hosts, made and removed, against mininet',
    unit: 'ms',
    target: 1 / 30,
    direction: 'at most',
    rounds: 3,
    run: () => compareWithMininet(),
  },
  {
    group: 'netns',
    name: 'a pair, created and closed inside a test',
    unit: 'ms',
    target: 5,
    direction: 'at most',
    compare: 'ours',
    run: () => measurePair(),
  },
] satisfies readonly Benchmark[];

async function compareWithFloor(count: number): Promise<Measurement> {
  using floor = compilePeer('star.c');
  return await compare(count, 'C, one process, packed netlink', () => floor && timePeer(floor.path, [String(count)]));
}

/** Both when nothing of an earlier star is left: to destroy namespaces, the kernel takes the locks that creation needs. */
async function compare(count: number, peerName: string, runPeer: () => number | undefined): Promise<Measurement> {
  await waitForDestruction();
  const start = performance.now();
  const lab = await createLab(star(count));
  const ours = performance.now() - start;
  await lab[Symbol.asyncDispose]();
  await waitForDestruction();
  return { ours, peer: runPeer(), peerName };
}

async function compareWithMininet(): Promise<Measurement> {
  await waitForDestruction();
  const start = performance.now();
  const lab = await createLab(star(100));
  await lab[Symbol.asyncDispose]();
  // What the kernel does after that is left out of both.
  const ours = performance.now() - start;
  await waitForDestruction();
  return { ours, peer: timeMininet('100'), peerName: 'mininet on a Linux bridge' };
}

function timeMininet(...args: readonly string[]): number | undefined {
  // The Python of Debian, which has the modules of Debian's packages.
  return timePeer('unshare', [...APART, '/usr/bin/python3', findPeer('star-of-mininet.py'), ...args]);
}

async function measurePair(): Promise<Measurement> {
  const rounds: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const start = performance.now();
    const lab = await createLab(pair());
    await lab[Symbol.asyncDispose]();
    rounds.push(performance.now() - start);
  }
  await waitForDestruction();
  return { ours: median(rounds), peer: undefined, peerName: 'none' };
}

/**
 * Waits until the kernel has destroyed the namespaces that nobody holds: it does so in the order in which they were let
 * go (net/core/net_namespace.c, cleanup_net), so another one is let go, and is gone when its end of a veth is. Twice, for
 * the last steps of a batch come after its devices.
 */
async function waitForDestruction(): Promise<void> {
  using watch = Netns.create();
  for (const index of [100, 101]) {
    using last = Netns.create();
    const peer = { name: 'last', netnsFd: last.fd };
    watch.netlink.request(encodeCreateVeth({ name: `watch${index}`, index, peer }));
    last.close();
    // Its loopback device is one.
    const isGone = (): boolean => watch.netlink.dump(encodeListLinks()).length === 1;
    await until(isGone, { timeoutMs: 30_000, intervalMs: 1, description: 'namespaces to be destroyed' });
  }
}
