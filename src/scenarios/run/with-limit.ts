import type { Clock } from '../../core/clock.js';
import { TimeoutError } from '../../core/errors.js';
import { inSeconds } from '../words.js';

/**
 * What a function of the test's resolves with, or fails with; waits no longer than it may. What it does later is nobody's
 * concern any more.
 *
 * @throws TimeoutError, the signal's reason, and whatever the function throws
 */
export async function withLimit<T>(
  what: string,
  work: () => T | Promise<T>,
  options: { readonly clock: Clock; readonly limitMs: number; readonly signal?: AbortSignal },
): Promise<T> {
  const { clock, limitMs, signal } = options;
  signal?.throwIfAborted();
  let stop = (): void => {};
  const ended = new Promise<never>((_, reject) => {
    const timer = clock.setTimer(() => {
      reject(new TimeoutError(`${what} has not ended after ${inSeconds(limitMs)}`, limitMs));
    }, limitMs);
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    stop = () => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    };
  });
  try {
    const answer = Promise.resolve(work());
    answer.catch(() => {});
    return await Promise.race([answer, ended]);
  } finally {
    stop();
    ended.catch(() => {});
  }
}
