import { spawn as spawnPlainly } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Isolation } from '../../src/process/spawn-options.js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { median } from '../benchmark.js';
import { type BuiltProcess, loadBuiltProcess } from '../built-package.js';

const ANNOUNCE = fileURLToPath(new URL('./children/announce.ts', import.meta.url));
const STARTS = 60;
const ANNOUNCEMENTS = 20;

/** Runs some work, and tells how long it took, in milliseconds. */
async function time(work: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

/** From the call until the first line is here. What comes after is not measured: nothing of one start slows the next. */
async function startOurs({ spawn }: BuiltProcess, isolation: Isolation): Promise<number> {
  let kill = async (): Promise<unknown> => undefined;
  const tookMs = await time(async () => {
    const program = await spawn('echo', ['up'], { isolation });
    kill = () => program.kill();
    await program.logs.waitForLine('up');
  });
  await kill();
  return tookMs;
}

async function startPlainly(): Promise<number> {
  const child = { ended: Promise.resolve<unknown>(undefined) };
  const tookMs = await time(async () => {
    const started = spawnPlainly('echo', ['up'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.ended = once(started, 'close');
    await once(started.stdout, 'data');
  });
  await child.ended;
  return tookMs;
}

/** Medians of starts in turns, so that whatever slows the machine slows both. */
async function compareStarts(isolation: Isolation): Promise<Measurement> {
  const built = await loadBuiltProcess();
  const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let start = 0; start < STARTS; start += 1) {
    times.ours.push(await startOurs(built, isolation));
    times.peer.push(await startPlainly());
  }
  return { ours: median(times.ours), peer: median(times.peer), peerName: 'child_process.spawn' };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** How long after a program's own time of its being ready `spawn` resolves: the slowest of several, in milliseconds. */
async function measureNotice(how: 'fd' | 'listen'): Promise<Measurement> {
  const { spawn } = await loadBuiltProcess();
  const times: number[] = [];
  for (let turn = 0; turn < ANNOUNCEMENTS; turn += 1) {
    const port = how === 'listen' ? await findFreePort() : 0;
    const ready = how === 'listen' ? ({ listening: { tcp: port } } as const) : ({ fd: 3 } as const);
    await using program = await spawn(process.execPath, [ANNOUNCE, how, String(port)], { ready });
    const seenAtNs = process.hrtime.bigint();
    const { text } = await program.logs.waitForLine(/^\d+$/);
    times.push(Number(seenAtNs - BigInt(text)) / 1e6);
  }
  return { ours: Math.max(...times), peer: undefined, peerName: 'none' };
}

export default [
  {
    group: 'process',
    name: 'a program started, until its first line is here: isolation "full"',
    unit: 'ms',
    target: 4,
    direction: 'at most',
    compare: 'difference',
    run: () => compareStarts('full'),
  },
  {
    group: 'process',
    name: 'a program started, until its first line is here: isolation "none"',
    unit: 'ms',
    target: 0.5,
    direction: 'at most',
    compare: 'difference',
    run: () => compareStarts('none'),
  },
  {
    group: 'process',
    name: `from the write to READY_FD until spawn resolves: the slowest of ${ANNOUNCEMENTS}`,
    unit: 'ms',
    target: 2,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => measureNotice('fd'),
  },
  {
    group: 'process',
    name: `from the call of listen until spawn resolves: the slowest of ${ANNOUNCEMENTS}`,
    unit: 'ms',
    target: 10,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: () => measureNotice('listen'),
  },
] satisfies readonly Benchmark[];
