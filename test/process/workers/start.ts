import { onTestFinished } from 'vitest';
import type { MockWorker } from '../../../src/process/workers/mock-worker.js';
import { startWorker, type WorkerOptions } from '../../../src/process/workers/start-worker.js';
import { keep } from '../../support/keep.js';
import { Talk } from './talk.js';

type Collector = typeof import('./child/collector.js').default;

export const COLLECTOR = new URL('./child/collector.ts', import.meta.url);

/** A collector that ends with the test. */
export async function startCollector(options: WorkerOptions = {}): Promise<MockWorker<Collector>> {
  return keep(await startWorker<Collector>(COLLECTOR, { args: {}, ...options }));
}

/** A connection to it that ends with the test. */
export function talkTo(worker: MockWorker<Collector>): Talk {
  const talk = new Talk(worker.info.port);
  onTestFinished(() => talk.close());
  return talk;
}
