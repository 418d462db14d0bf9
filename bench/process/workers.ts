import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MockWorker } from 'glovebox/process';
import type { Benchmark, Measurement } from '../benchmark.js';
import { loadBuiltProcess } from '../built-package.js';

type Echo = typeof import('./children/echo-worker.js').default;

const WORKER = new URL('./children/echo-worker.ts', import.meta.url);
const FORK = fileURLToPath(new URL('./children/echo-fork.ts', import.meta.url));
const MANY = 200;
const IDLE = 10;
const CALLS = 2000;
const AT_ONCE = 4;

/** Tells `use` how long their start took, too: the package was loaded before. */
async function withWorkers<R>(
  count: number,
  use: (workers: readonly MockWorker<Echo>[], startMs: number) => Promise<R>,
): Promise<R> {
  const { startWorkers } = await loadBuiltProcess();
  const startedAtMs = performance.now();
  const workers = await startWorkers<Echo>(
    WORKER,
    Array.from({ length: count }, (_, index) => ({ name: `echo-${index}`, timeoutMs: 60_000 })),
  );
  try {
    return await use(workers, performance.now() - startedAtMs);
  } finally {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

async function askFork(child: ChildProcess, value: number): Promise<void> {
  const answer = once(child, 'message');
  child.send(value);
  await answer;
}

/** Forks, no more at a time than workers; each is ready when it has answered. */
async function withForks<R>(count: number, use: (children: readonly ChildProcess[]) => Promise<R>): Promise<R> {
  const children: ChildProcess[] = [];
  const startNext = async (): Promise<void> => {
    while (children.length < count) {
      const child = fork(FORK, { serialization: 'advanced' });
      children.push(child);
      await askFork(child, 0);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, startNext));
    return await use(children);
  } finally {
    await Promise.all(
      children.map(async (child) => {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }),
    );
  }
}

/** The time that 99 of 100 calls do not exceed, in milliseconds. */
async function measureTail(call: (value: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let value = 0; value < CALLS; value += 1) {
    const startedAtMs = performance.now();
    await call(value);
    times.push(performance.now() - startedAtMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(CALLS * 0.99)] ?? Number.NaN;
}

async function measureStart(): Promise<Measurement> {
  const ours = await withWorkers(MANY, async (_, startMs) => startMs / 1000);
  const startedAtMs = performance.now();
  const peer = await withForks(MANY, async () => (performance.now() - startedAtMs) / 1000);
  return { ours, peer, peerName: 'child_process.fork' };
}

async function measureRoundTrip(): Promise<Measurement> {
  const ours = await withWorkers(IDLE, ([worker]) => measureTail(async (value) => worker?.call('echo', value)));
  const peer = await withForks(IDLE, ([child]) => measureTail(async (value) => child && askFork(child, value)));
  return { ours, peer, peerName: 'child_process.fork, send()' };
}

const benchmarks: readonly Benchmark[] = [
  {
    group: 'process',
    name: `${MANY} mock workers started and ready`,
    unit: 's',
    target: 15,
    direction: 'at most',
    compare: 'ours',
    rounds: 1,
    run: measureStart,
  },
  {
    group: 'process',
    name: `a call of a mock worker, ${IDLE} idle: the 99th of 100`,
    unit: 'ms',
    target: 1,
    direction: 'at most',
    compare: 'ours',
    rounds: 3,
    run: measureRoundTrip,
  },
];

export default benchmarks;
