import { checkOptions } from './check-options.js';
import type { Clock, ClockTimer } from './clock.js';
import { findSpanMistakes } from './clock-sleep.js';
import { AbortedError, type GloveboxErrorOptions, quote, TimeoutError, UsageError } from './errors.js';
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
   * to `maxIntervalMs` (or to `intervalMs`, if that is more).
   *
   * @defaultValue 10
   */
  readonly intervalMs?: number;
  /**
   * How long to pause at most between attempts, in milliseconds.
   *
   * @defaultValue 100
   */
  readonly maxIntervalMs?: number;
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
  const { timeoutMs = 5000, intervalMs = 10, maxIntervalMs = MAX_PAUSE_MS, signal, clock = new RealClock() } = options;
  const { description = 'the condition' } = options;
  const attempts = new Attempts(condition);
  const startedMs = clock.now();
  const sinceStart = (): string => `after ${Math.round(clock.now() - startedMs)} ms waiting for ${description}`;
  const fail = (): AbortedError =>
    new AbortedError(`Aborted ${sinceStart()}: ${attempts.describe()}`, { cause: signal?.reason });
  if (signal?.aborted) throw fail();

  const end = watchForEnd(clock, timeoutMs, signal);
  try {
    for (let pauseMs = intervalMs; ; pauseMs = Math.min(pauseMs * BACKOFF, Math.max(maxIntervalMs, intervalMs))) {
      const answer = await Promise.race([attempts.ask(), end.promise]);
      if (isFound(answer)) return answer.value;
      const isHanging = answer === 'deadline';
      const ended = typeof answer === 'string' ? answer : await pause(clock, pauseMs, end.promise);
      if (ended === 'abort') throw fail();
      if (ended === 'deadline') {
        const waited = sinceStart();
        // The last look is for what came true in the last pause; it may take promises, but no more time.
        const lastAnswer = isHanging
          ? undefined
          : await Promise.race([attempts.ask(), settlePromises().then(() => undefined)]);
        if (isFound(lastAnswer)) return lastAnswer.value;
        const message = `Timed out ${waited}: ${attempts.describe()}. Raise timeoutMs if it is only slow`;
        throw new TimeoutError(message, timeoutMs, attempts.lastFailure());
      }
    }
  } finally {
    end.stop();
  }
}

/** Asks the condition, and keeps what a report needs. */
class Attempts<T> {
  readonly #condition: () => T | Promise<T>;
  #count = 0;
  #isPending = false;
  #last: Answer<T> | undefined;

  constructor(condition: () => T | Promise<T>) {
    this.#condition = condition;
  }

  /** Never rejects. */
  async ask(): Promise<Answer<T>> {
    this.#count += 1;
    this.#isPending = true;
    try {
      this.#last = { value: await this.#condition() };
    } catch (error) {
      this.#last = { error };
    }
    this.#isPending = false;
    return this.#last;
  }

  describe(): string {
    const count = `${this.#count} ${this.#count === 1 ? 'attempt' : 'attempts'}`;
    const unanswered = this.#count === 1 ? ', which never answered' : ', the last of which never answered';
    const hanging = this.#isPending ? unanswered : '';
    if (this.#last === undefined) return `${count}${hanging}`;
    const last =
      'error' in this.#last ? `last error ${quote(this.#last.error)}` : `last value ${quote(this.#last.value)}`;
    return `${count}${hanging}, ${last}`;
  }

  lastFailure(): GloveboxErrorOptions {
    return this.#last !== undefined && 'error' in this.#last ? { cause: this.#last.error } : {};
  }
}

function isFound<T>(answer: Answer<T> | End | undefined): answer is { readonly value: Truthy<T> } {
  return typeof answer === 'object' && 'value' in answer && Boolean(answer.value);
}

function watchForEnd(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined) {
  let stop = (): void => {};
  const promise = new Promise<End>((resolve) => {
    const timer = clock.setTimer(() => resolve('deadline'), timeoutMs);
    const abort = (): void => resolve('abort');
    signal?.addEventListener('abort', abort, { once: true });
    stop = () => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    };
  });
  return { promise, stop };
}

async function pause(clock: Clock, pauseMs: number, end: Promise<End>): Promise<End | undefined> {
  let timer: ClockTimer | undefined;
  const passed = new Promise<undefined>((resolve) => {
    timer = clock.setTimer(() => resolve(undefined), pauseMs);
  });
  try {
    return await Promise.race([passed, end]);
  } finally {
    timer?.cancel();
  }
}

function checkArguments(condition: unknown, options: UntilOptions): void {
  checkOptions('until', options);
  const { timeoutMs = 5000, intervalMs = 10, maxIntervalMs = MAX_PAUSE_MS, description, clock, signal } = options;
  const mistakes: string[] = [];
  if (typeof condition !== 'function') mistakes.push(`condition must be a function; received ${quote(condition)}`);
  mistakes.push(...findSpanMistakes('timeoutMs', timeoutMs));
  // With a pause of 0 a virtual clock would never get past the moment.
  if (!(Number.isFinite(intervalMs) && intervalMs > 0)) {
    mistakes.push(`intervalMs must be a finite number of milliseconds above 0; received ${quote(intervalMs)}`);
  }
  mistakes.push(...findSpanMistakes('maxIntervalMs', maxIntervalMs));
  if (clock !== undefined && typeof clock?.setTimer !== 'function') {
    mistakes.push(`clock must be a Clock; received ${quote(clock)}`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    mistakes.push(`signal must be an AbortSignal; received ${quote(signal)}`);
  }
  if (description !== undefined && (typeof description !== 'string' || description === '')) {
    mistakes.push(`description must be a string that is not empty; received ${quote(description)}`);
  }
  if (mistakes.length > 0) throw new UsageError('until', mistakes);
}
