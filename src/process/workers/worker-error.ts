import type { SentError } from './control-frames.js';

/** What a command of a worker threw, or why the worker did not start: with its name, message, code and stack there. */
export class WorkerError extends Error {
  override readonly name: string;
  /** Its `code` in the worker, where it had one: `ECONNREFUSED`. */
  readonly code: string | number | undefined;
  /** The stack in the worker; `stack` has it too, after where it was called here. */
  readonly workerStack: string | undefined;
  /** What the test calls the worker. */
  readonly worker: string;

  constructor(worker: string, { name, message, stack, code }: SentError) {
    super(message);
    this.name = name;
    this.worker = worker;
    this.code = typeof code === 'string' || typeof code === 'number' ? code : undefined;
    this.workerStack = stack;
    const own = this.stack?.replace(/^.*?(?=\n\s+at )/s, `${name}: ${message}`);
    const there = stack?.slice(stack.search(/\n\s+at /)) ?? '';
    this.stack = `${own}\n  in worker ${JSON.stringify(worker)}:${there}`;
  }
}
