import { AbortedError, TimeoutError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';
import { ProcessError } from './process-error.js';
import { describeExit } from './process-exit.js';
import type { ReadyCheck, ReadyTarget } from './ready/ready-target.js';

/** How long a program is waited for. */
export interface WaitUntilReadyOptions {
  readonly command: readonly string[];
  /** In milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits until a program is ready, or has ended, or the time is over.
 *
 * @throws ProcessError `ERR_GLOVEBOX_PROCESS_NOT_READY`, with how it ended and the last it wrote
 * @throws AbortedError
 */
export async function waitUntilReady(
  check: ReadyCheck,
  target: ReadyTarget,
  { command, timeoutMs, signal }: WaitUntilReadyOptions,
): Promise<void> {
  const over = new AbortController();
  const fail = (message: string, details: object): ProcessError =>
    new ProcessError('ERR_GLOVEBOX_PROCESS_NOT_READY', { message, command, logTail: target.logs.tail(), ...details });
  const seen = (): string => {
    const last = check.lastSeen?.();
    return last === undefined ? '' : `; last seen: ${last}`;
  };
  const clock = new RealClock();
  let cancel = (): void => {};
  try {
    await Promise.race([
      check.wait(target, over.signal).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw cause instanceof ProcessError
          ? cause
          : fail(`It is not ready: ${check.description}: ${reason}`, { cause });
      }),
      target.exit.then((exit) => {
        const message = `It ${describeExit(exit)} before it was ready, while ${check.description} was waited for`;
        throw fail(`${message}${seen()}`, { exit });
      }),
      new Promise((_resolve, reject) => {
        const timer = clock.setTimer(() => {
          const message = `It was not ready after ${timeoutMs} ms: ${check.description} did not come${seen()}`;
          const cause = new TimeoutError(message, timeoutMs);
          reject(fail(message, { cause, next: 'Raise timeoutMs if it only needs longer' }));
        }, timeoutMs);
        const abort = (): void => reject(new AbortedError('The start was called off', { cause: signal?.reason }));
        cancel = () => {
          timer.cancel();
          signal?.removeEventListener('abort', abort);
        };
        signal?.addEventListener('abort', abort, { once: true });
        if (signal?.aborted === true) abort();
      }),
    ]);
  } finally {
    cancel();
    over.abort();
  }
}
