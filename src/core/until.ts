import type { Clock } from './clock.js';
import { findSpanMistakes } from './clock-sleep.js';
import { AbortedError, quote, TimeoutError, UsageError } from './errors.js';
import { RealClock } from './real-clock.js';
import { settlePromises } from './settle.js';

/** How {@link until} waits. */
export interface UntilOptions {
  /**
   * How long to wait at most, in milliseconds.
   *
   * @defaultValue 5000
   */
  readonly timeoutMs?: number;
  /**
   * How long to pause after the first attempt, in milliseconds; each pause is half as long again as the one before, up
   * to 100 ms (or to `intervalMs`, if that is more).
   *
   * @defaultValue 10
   */
  readonly intervalMs?: number;
  /** Calls the wait off. */
  readonly signal?: AbortSignal;
  /**
   * The clock that the pauses and the deadline go by.
   *
   * @defaultValue a {@link RealClock}
   */
  readonly clock?: Clock;
  /**
   * What is waited for, as the end of "waiting for …".
   *
   * @defaultValue `the condition`
   */
  readonly description?: string;
}

/** What is left of a type when its falsy values are taken away. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

/** The slowest that polling becomes, unless a longer interval was asked for. */
const MAX_PAUSE_MS = 100;
const BACKOFF = 1.5;

type End = 'deadline' | 'abort';
type Answer<T> = { readonly value: T } | { readonly error: unknown };

/**
 * Polls a condition until it gives something truthy, and resolves with that.
 *
 * An exception in the condition means "not yet". The condition is asked at once, then after each pause, and a last time
 * at the deadline. A condition that never answers does not outlive the deadline.
 *
 * @throws TimeoutError at the deadline; it tells the number of attempts and the last value seen, or has the last error
 * as its `cause`.
 * @throws AbortedError as soon as `signal` is aborted, with the signal's reason as its `cause`.
 * @throws UsageError when `timeoutMs` is negative, endless or no number, or `intervalMs` is not above 0.
 *
 * @example
 * ```ts
 * const link = await until(() => links.find(({ name }) => name === 'veth0'), { description: 'veth0 to appear' });
 * ```
 */
export async function until<T>(condition: () => T | Promise<T>, options: UntilOptions = {}): Promise<Truthy<T>> {
  checkArguments(condition, options);
  const { timeoutMs = 5000, intervalMs = 10, signal, clock = new RealClock(), description = 'the condition' } = options;
  const startedMs = clock.now();
  const attempts = new Attempts(condition);
  const describe = (): string => `${Math.round(clock.now() - startedMs)} ms waiting for ${description}: ${attempts.describe()}`;
  const abort = (): AbortedError => new AbortedError(`Aborted after ${describe()}`, { cause: signal?.reason });
  if (signal?.aborted) throw abort();

  const end = watchForEnd(clock, timeoutMs, signal);
  try {
    let pauseMs = intervalMs;
    for (;;) {
      const answer = await Promise.race([attempts.ask(), end.promise]);
      if (typeof answer === 'object' && 'value' in answer && isTruthy(answer.value)) return answer.value;
      const ended = typeof answer === 'string' ? answer : await pause(clock, pauseMs, end.promise);
      if (ended === 'abort') throw abort();
      if (ended === 'deadline') {
        const report = describe();
      }
      pauseMs = Math.min(pauseMs * BACKOFF, Math.max(MAX_PAUSE_MS, intervalMs));
    }
  } finally {
    end.stop();
  }
}
