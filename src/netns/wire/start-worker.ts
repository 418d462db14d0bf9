import { Worker } from 'node:worker_threads';

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

/** Starts the thread that passes frames on. It does not keep the process alive. */
export function startWorker(data: object): Worker {
  const url = locateWorker();
  // Options of the process (loaders, the inspector) are no business of the thread.
  const worker = url.pathname.endsWith('.ts')
    ? new Worker(RUN_SOURCE, { eval: true, workerData: { ...data, source: url.href }, execArgv: [] })
    : new Worker(url, { workerData: data, execArgv: [] });
  worker.unref();
  return worker;
}

/** Beside this file as long as that is a source; once built, this may be in any file of the package. */
function locateWorker(): URL {
  const self = import.meta.url;
  if (self.endsWith('.ts')) return new URL('./wire-worker.ts', self);
  return new URL('netns/wire/wire-worker.js', self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length));
}
