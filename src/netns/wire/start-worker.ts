import type { Worker } from 'node:worker_threads';
import { startThread } from '../../native/start-thread.js';

/** Starts the thread that passes frames on. It does not keep the process alive. */
export function startWorker(data: object): Worker {
  return startThread({ self: import.meta.url, source: './wire-worker.ts', built: 'netns/wire/wire-worker.js' }, data);
}
