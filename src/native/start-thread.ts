import { Worker } from 'node:worker_threads';
import { locateEntry } from './locate-entry.js';

/** Sources import each other by the names that they have when they are built. */
const RUN_SOURCE = `
const { registerHooks } = require('node:module');
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!specifier.endsWith('.js')) throw error;
      return next(specifier.slice(0, -3) + '.ts', context);
    }
  },
});
import(require('node:worker_threads').workerData.source);
`;

/**
 * Starts a thread on a file that may import others. It does not keep the process alive.
 *
 * @param name - As {@link locateEntry} takes it.
 */
export function startThread(name: string, data: object): Worker {
  const url = locateEntry(name);
  const isSource = url.pathname.endsWith('.ts');
  // Options of the process (loaders, the inspector) are no business of the thread.
  const worker = isSource
    ? new Worker(RUN_SOURCE, { eval: true, workerData: { ...data, source: url.href }, execArgv: [] })
    : new Worker(url, { workerData: data, execArgv: [] });
  worker.unref();
  return worker;
}
