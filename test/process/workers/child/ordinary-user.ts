import process from 'node:process';
import { startWorkers } from '../../../../src/process/workers/start-worker.js';

// What a user without any privilege has of workers, as JSON: the tests run it as such a user.
type Collector = typeof import('./collector.js').default;

const workers = await startWorkers<Collector>(new URL('./collector.ts', import.meta.url), [
  { args: {}, name: 'left' },
  { args: {}, name: 'right' },
]);
const [left, right] = workers;
const sums = [await left?.call('add', 1, 2), await right?.call('add', 3, 4)];
const isolation = workers.map((worker) => worker.process.isolation);
const died = await left?.call('die').catch((error: unknown) => (error instanceof Error ? error.name : String(error)));
const answers = await right?.call('count');
await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
process.stdout.write(JSON.stringify({ uid: process.getuid?.(), sums, isolation, died, answers }));
