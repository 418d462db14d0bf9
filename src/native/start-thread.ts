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

/** Where the code of a thread is. */
export interface ThreadPlace {
  /** `import.meta.url` of the file that starts it. */
  readonly self: string;
  /** The source, from there. */
  readonly source: string;
  /** What it is built to, from `dist`: once built, the file that starts it may be in any file of the package. */
  readonly built: string;
}

/** Starts a thread on a file that may import others. It does not keep the process alive. */
export function startThread({ self, source, built }: ThreadPlace, data: object): Worker {
  const isSource = self.endsWith('.ts');
  const folder = self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length);
  const url = isSource ? new URL(source, self) : new URL(built, folder);
  // Options of the process (loaders, the inspector) are no business of the thread.
  const worker = isSource
    ? new Worker(RUN_SOURCE, { eval: true, workerData: { ...data, source: url.href }, execArgv: [] })
    : new Worker(url, { workerData: data, execArgv: [] });
  worker.unref();
  return worker;
}
