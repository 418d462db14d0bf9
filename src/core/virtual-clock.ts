import { checkOptions } from './check-options.js';
import type { Clock, ClockTimer } from './clock.js';
import { checkSpan, checkTimer, sleepOn } from './clock-sleep.js';
import { TimeoutError } from './errors.js';
import { settlePromises } from './settle.js';

/** How many timers {@link VirtualClock.runAll} fires before it says that they never end. */
const MAX_TIMERS_OF_RUN = 100_000;

/** How a {@link VirtualClock} begins. */
export interface VirtualClockOptions {
  /**
   * What the clock reads at first, in milliseconds.
   *
   * @defaultValue 0
   */
  readonly startMs?: number;
}

/** How far {@link VirtualClock.runAll} may go. */
export interface RunAllOptions {
  /**
   * How many milliseconds may pass on the clock.
   *
   * @defaultValue 86_400_000, a day
   */
  readonly limitMs?: number;
}

interface PendingTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when it is told to: waiting costs nothing, and is exact. Before and after each timer the
 * clock lets promise continuations run, so that code which sleeps again and again is followed through a whole span.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const renewal = renewLeaseEvery(clock, 30_000);
 * await clock.advance(90_000); // three renewals have happened
 * ```
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  /** The next one last, so that taking it moves nothing. */
  readonly #pending: PendingTimer[] = [];
  /** Moves run one after the other, also when they are asked for at once or from within a timer. */
  #lastMove: Promise<unknown> = Promise.resolve();

  /** @throws UsageError when `startMs` is negative, endless or no number. */
  constructor(options: VirtualClockOptions = {}) {
    checkOptions('VirtualClock', options);
    const startMs = options.startMs ?? 0;
    checkSpan('VirtualClock', 'startMs', startMs);
    this.#nowMs = startMs;
  }

  /** How many timers wait to fire. */
  get pendingTimers(): number {
    return this.#pending.length;
  }

  now(): number {
    return this.#nowMs;
  }

  /** @throws UsageError when `callback` is no function, or `delayMs` is negative, endless or no number. */
  setTimer(callback: () => void, delayMs: number): ClockTimer {
    checkTimer('VirtualClock.setTimer', callback, delayMs);
    const timer: PendingTimer = { dueMs: this.#nowMs + delayMs, callback };
    this.#pending.splice(this.#findPlace(timer.dueMs), 0, timer);
    return {
      cancel: () => {
        const index = this.#pending.indexOf(timer);
        if (index >= 0) this.#pending.splice(index, 1);
      },
    };
  }

  /** @throws UsageError when `delayMs` is negative, endless or no number; the signal's reason when aborted. */
  sleep(delayMs: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return sleepOn(this, delayMs, options);
  }

  /**
   * Moves the clock on by `ms` milliseconds and fires what falls due, in order of time, then of setting. A timer that
   * throws stops nothing: the rest fires, and the error is thrown at the end (several in one `AggregateError`).
   *
   * @throws UsageError when `ms` is negative, endless or no number.
   */
  async advance(ms: number): Promise<void> {
    checkSpan('VirtualClock.advance', 'ms', ms);
    await this.#move(async (failures) => {
      const targetMs = this.#nowMs + ms;
      while (this.#fireNext(targetMs, failures)) await settlePromises();
      this.#nowMs = targetMs;
    });
  }

  /**
   * Moves the clock to the next timer and fires that one, no other of the same instant.
   *
   * @returns Whether there was one.
   */
  async advanceToNextTimer(): Promise<boolean> {
    let fired = false;
    await this.#move(async (failures) => {
      fired = this.#fireNext(Number.POSITIVE_INFINITY, failures);
      if (fired) await settlePromises();
    });
    return fired;
  }

  /**
   * Fires timers until none is left; the clock then reads the time of the last.
   *
   * @throws TimeoutError when timers are left after `limitMs`, or set each other without end; those stay pending.
   * @throws UsageError when `limitMs` is negative, endless or no number.
   */
  async runAll(options: RunAllOptions = {}): Promise<void> {
    checkOptions('VirtualClock.runAll', options);
    const limitMs = options.limitMs ?? 86_400_000;
    checkSpan('VirtualClock.runAll', 'limitMs', limitMs);
    await this.#move(async (failures) => {
      const targetMs = this.#nowMs + limitMs;
      let count = 0;
      while (count < MAX_TIMERS_OF_RUN && this.#fireNext(targetMs, failures)) {
        count += 1;
        await settlePromises();
      }
      if (this.#pending.length > 0) failures.push(this.#describeEndless(limitMs, count));
    });
  }

  #describeEndless(limitMs: number, count: number): TimeoutError {
    return new TimeoutError(
      `VirtualClock.runAll: ${this.#pending.length} pending after ${count} timers, at ${this.#nowMs} ms (limit ${limitMs} ms). ` +
        'Something sets a timer again and again: stop it first, use advance(ms) to go a fixed span, or raise limitMs',
      limitMs,
    );
  }

  /** Where a timer goes that is due then: before (so, after in time) all that are due at the same time already. */
  #findPlace(dueMs: number): number {
    let low = 0;
    let high = this.#pending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pending[middle]?.dueMs ?? 0) > dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #fireNext(untilMs: number, failures: unknown[]): boolean {
    const next = this.#pending.at(-1);
    if (next === undefined || next.dueMs > untilMs) return false;
    this.#pending.pop();
    this.#nowMs = next.dueMs;
    try {
      next.callback();
    } catch (error) {
      failures.push(error);
    }
    return true;
  }

  async #move(steps: (failures: unknown[]) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    const move = this.#lastMove.then(async () => {
      // Code that was only just called must reach its first sleep before time passes.
      await settlePromises();
      await steps(failures);
    });
    this.#lastMove = move;
    await move;
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `VirtualClock: ${failures.length} timers failed`);
  }
}
