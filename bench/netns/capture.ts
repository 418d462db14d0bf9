import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLab } from '../../src/netns/lab/create-lab.js';
import { generateTraffic } from '../../src/netns/traffic/generate-traffic.js';
import type { Benchmark, Measurement } from '../benchmark.js';

const COUNT = 400_000;
const RATE = 200_000;
const SNAP_LENGTH = 64;
const BUFFER_KIB = 8192;

export default [
  {
    group: 'netns',
    name: 'a capture to a file: frames that it has not of 400,000, at 200,000/s, of which it keeps 64 bytes',
    unit: '%',
    target: 1,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => compareCaptures(),
  },
] satisfies readonly Benchmark[];

/** Each on a stream of its own, so that one does not take the other's processor. */
async function compareCaptures(): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'glovebox-bench-'));
  try {
    const ours = await measureCapture(join(folder, 'ours.pcapng'));
    const peer = await measureTcpdump(join(folder, 'peer.pcap'));
    return { ours, peer, peerName: `tcpdump, with a buffer of ${BUFFER_KIB / 1024} MiB` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function openStream() {
  const lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } });
  const { a, b } = lab.hosts;
  const send = async (): Promise<number> => {
    const to = { address: b.address, port: 9 };
    return (await generateTraffic(a, { to, count: COUNT, rateFramesPerSecond: RATE })).sent;
  };
  return { lab, send };
}

async function measureCapture(file: string): Promise<number> {
  const { lab, send } = await openStream();
  await using _lab = lab;
  const capture = await lab.capture({ file, snapLength: SNAP_LENGTH, filter: { protocol: 'udp' } });
  const sent = await send();
  await capture.stop();
  return (1 - capture.counts().received / sent) * 100;
}

async function measureTcpdump(file: string): Promise<number | undefined> {
  if (spawnSync('tcpdump', ['--version']).status !== 0) return undefined;
  const { lab, send } = await openStream();
  await using _lab = lab;
  const { b } = lab.hosts;
  const args = [
    '-i',
    b.interface('wire').name,
    '-Z',
    'root',
    '-B',
    String(BUFFER_KIB),
    '-s',
    String(SNAP_LENGTH),
    '-w',
    file,
    '-Q',
    'in',
    'udp',
  ];
  const child: ChildProcess = b.spawn('tcpdump', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  const isListening = new Promise<void>((resolve) => {
    child.stderr?.on('data', (data: Buffer) => {
      said += String(data);
      if (said.includes('listening on')) resolve();
    });
  });
  await isListening;
  const sent = await send();
  child.kill('SIGINT');
  await once(child, 'close');
  return (1 - Number(/(\d+) packets captured/.exec(said)?.[1]) / sent) * 100;
}
