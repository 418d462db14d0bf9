import { AbortedError, TimeoutError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import { RealClock } from '../core/real-clock.js';
import { within } from '../core/within.js';
import { describeExit, type ProcessExit } from './process-exit.js';
import type { ReadyCheck, ReadyTarget } from './ready/ready-target.js';

/** How long a program that has given up may take until it has ended. */
const ENDING_MS = 100;

/** How long a program is waited for. */
export interface WaitUntilReadyOptions {
  /** In milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Why a program did not become ready. */
export interface NotReady {
  readonly message: string;
  readonly next?: string;
  readonly exit?: ProcessExit;
  readonly cause?: unknown;
}

/**
 * Waits until a program is ready, or has ended, or the time is over; answers why it is not ready.
 *
 * @throws AbortedError
 */
export async function waitUntilReady(
  check: ReadyCheck,
  target: ReadyTarget,
  { timeoutMs, signal }: WaitUntilReadyOptions,
): Promise<NotReady | undefined> {
  const over = new AbortController();
  const seen = (): string => {
    const last = check.lastSeen?.();
    return last === undefined ? '' : `; last seen: ${last}`;
  };
  let cancel = (): void => {};
  const describeEnd = (exit: ProcessExit, last: string): NotReady => {
    const message = `It ${describeExit(exit)} before it was ready, while ${check.description} was waited for${last}`;
    return { message, exit };
  };
  const hasEnded = target.exit.then((exit) => describeEnd(exit, seen()));
  const isReady = check.wait(target, over.signal).then(
    () => undefined,
    async (cause: unknown): Promise<NotReady> => {
      const reason = messageOf(cause);
      // Who dies closes what it has open first: how it ended says more than that.
      const exit = await within(target.exit, ENDING_MS);
      if (exit !== undefined) return { ...describeEnd(exit, `; last seen: ${reason}`), cause };
      return { message: `It is not ready: ${check.description}: ${reason}`, cause };
    },
  );
  const isLate = new Promise<NotReady>((resolve, reject) => {
    const timer = new RealClock().setTimer(() => {
      const message = `It was not ready after ${timeoutMs} ms: ${check.description} did not come${seen()}`;
      const cause = new TimeoutError(message, timeoutMs);
      resolve({ message, cause, next: 'Raise timeoutMs if it only needs longer' });
    }, timeoutMs);
    const abort = (): void => reject(new AbortedError('The start was called off', { cause: signal?.reason }));
    cancel = () => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
  });
  try {
    return await Promise.race([isReady, hasEnded, isLate]);
  } finally {
    cancel();
    over.abort();
  }
}
