import type { Clock, ClockTimer } from './clock.js';
import { checkTimer, sleepOn } from './clock-sleep.js';

/** The longest delay that Node's timers take; a longer one they would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

// Taken when the module loads: a test runner's fake timers, installed later, must not turn real time into theirs.
const { setTimeout, clearTimeout, performance } = globalThis;
const readTime = performance.now.bind(performance);

/**
 * The machine's monotonic clock. Its timers keep the process alive until they fire or are cancelled, never fire early,
 * and take delays of any finite length.
 */
export class RealClock implements Clock {
  now(): number {
    return readTime();
  }

  /** @throws UsageError when `callback` is no function, or `delayMs` is negative, endless or no number. */
  setTimer(callback: () => void, delayMs: number): ClockTimer {
    checkTimer('RealClock.setTimer', callback, delayMs);
    const dueMs = readTime() + delayMs;
    const arm = (): ReturnType<typeof setTimeout> => {
      // The moment may have passed since it was worked out.
      const waitMs = Math.max(0, dueMs - readTime());
      return setTimeout(fire, Math.min(waitMs, MAX_TIMER_MS));
    };
    const fire = (): void => {
      // Node counts whole milliseconds, so a timer may come a fraction too soon.
      if (readTime() < dueMs) handle = arm();
      else callback();
    };
    let handle = arm();
    return { cancel: () => clearTimeout(handle) };
  }

  /** @throws UsageError when `delayMs` is negative, endless or no number; the signal's reason when aborted. */
  sleep(delayMs: number, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return sleepOn(this, delayMs, options);
  }
}
