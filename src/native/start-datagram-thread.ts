import { Worker } from 'node:worker_threads';
import { GloveboxError } from '../core/errors.js';
import type { ReceiveJob, ReceiveOutcome, SendJob, SendOutcome } from './datagram-thread.js';
import { locateEntry } from './locate-entry.js';

/** As datagram-thread.ts has them. */
const ORDERS = { stop: 1, finish: 2 } as const;

/** A thread that sends or receives datagrams, and that ends with this process, whatever kills it. */
export interface DatagramThread<Outcome> {
  /** Tells it to stop: now, or as soon as all that is expected is there. The socket must stay open until it has. */
  order(order: keyof typeof ORDERS): void;
  /** What it says in the end. Rejects when the thread fails. */
  readonly outcome: Promise<Outcome>;
}

/** Starts a thread that sends on a socket. */
export function startSending(job: Omit<SendJob, 'kind' | 'control'>): DatagramThread<SendOutcome> {
  return start<SendOutcome>({ ...job, kind: 'send' });
}

/** Starts a thread that receives on a socket. */
export function startReceiving(job: Omit<ReceiveJob, 'kind' | 'control'>): DatagramThread<ReceiveOutcome> {
  return start<ReceiveOutcome>({ ...job, kind: 'receive' });
}

function start<Outcome>(job: Omit<SendJob, 'control'> | Omit<ReceiveJob, 'control'>): DatagramThread<Outcome> {
  const control = new Int32Array(new SharedArrayBuffer(4));
  // Options of the process (loaders, the inspector) are no business of a file that imports nothing.
  const worker = new Worker(locateEntry('native/datagram-thread'), { workerData: { ...job, control }, execArgv: [] });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let answer: { readonly outcome: Outcome } | undefined;
    worker.once('message', (message: Outcome) => {
      answer = { outcome: message };
    });
    worker.once('error', reject);
    // The thread has let go of its socket only when it has ended.
    worker.once('exit', (code) => {
      if (answer !== undefined) resolve(answer.outcome);
      else reject(new GloveboxError('ERR_GLOVEBOX_THREAD_ENDED', `the ${job.kind}ing thread ended with code ${code}`));
    });
  });
  // Who waits for it is told; nobody has to.
  outcome.catch(() => undefined);
  return {
    order: (order) => {
      Atomics.store(control, 0, ORDERS[order]);
      Atomics.notify(control, 0);
    },
    outcome,
  };
}
