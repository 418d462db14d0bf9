import { createLab } from '../../src/netns/lab/create-lab.js';
import type { LabHost } from '../../src/netns/lab/lab-host.js';
import { encodeAddRoute } from '../../src/netns/netlink/route-requests.js';
import { collectTraffic } from '../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../src/netns/traffic/generate-traffic.js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { compilePeer } from './peers/programs.js';

const GROUP = '239.1.1.1';
const PORT = 5000;
const COUNT = 1_000_000;
const SIZE_BYTES = 64;

export default [
  {
    group: 'netns',
    name: 'the traffic generator: 1,000,000 datagrams of 64 bytes to a group over a veth',
    unit: 'datagrams/s',
    target: 0.85,
    direction: 'at least',
    run: () => compareSenders(),
  },
  {
    group: 'netns',
    name: 'the traffic sink: datagrams of 64 bytes taken in of 1,000,000 that come as fast as they can',
    unit: '%',
    target: 99,
    direction: 'at least',
    compare: 'ours',
    rounds: 3,
    run: () => measureSink(),
  },
] satisfies readonly Benchmark[];

/** Nobody takes them in: it is the sender that is measured. */
async function compareSenders(): Promise<Measurement> {
  await using lab = await createLab({ hosts: { sender: {}, receiver: {} }, links: { wire: ['sender', 'receiver'] } });
  const { sender } = lab.hosts;
  // The program in C names no interface.
  const route = encodeAddRoute({ destination: '224.0.0.0/4', ifindex: sender.interface('wire').ifindex });
  sender.netns.netlink.request(route);
  const to = { address: GROUP, port: PORT };
  const { framesPerSecond } = await generateTraffic(sender, { to, count: COUNT, sizeBytes: SIZE_BYTES });
  return { ours: framesPerSecond, peer: runFloor(sender), peerName: "C's sendmmsg, 64 in a call" };
}

async function measureSink(): Promise<Measurement> {
  await using lab = await createLab({ hosts: { sender: {}, receiver: {} }, links: { wire: ['sender', 'receiver'] } });
  const sink = collectTraffic(lab.hosts.receiver, { expected: COUNT });
  const to = { address: lab.hosts.receiver.address, port: sink.port };
  await generateTraffic(lab.hosts.sender, { to, count: COUNT, sizeBytes: SIZE_BYTES });
  const { received } = await sink.report();
  return { ours: (received / COUNT) * 100, peer: undefined, peerName: 'none' };
}

/** The rate of the same work in C; `undefined` where there is no compiler. */
function runFloor(sender: LabHost): number | undefined {
  using program = compilePeer('sendmmsg.c');
  if (program === undefined) return undefined;
  const { stdout } = sender.spawnSync(program.path, [GROUP, String(PORT), String(COUNT), String(SIZE_BYTES)]);
  const tookMs = Number(String(stdout));
  return tookMs > 0 ? (COUNT * 1000) / tookMs : undefined;
}
