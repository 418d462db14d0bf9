import { TimeoutError } from '../../core/errors.js';
import type { VirtualClock } from '../../core/virtual-clock.js';

// Taken when the module loads: a test runner's fake timers, installed later, must not stop exploration.
const { setImmediate, clearImmediate, setTimeout, performance } = globalThis;

/** How long to leave the machine alone when a run waits for something that is no timer of its clock. */
const IDLE_MS = 1;

/**
 * Waits for a promise, and moves a virtual clock to its next timer whenever nothing else can run.
 *
 * @param describe - Says what is being waited for when the deadline, in real milliseconds, has passed.
 * @throws TimeoutError at the deadline; what a timer throws; what the promise rejects with.
 */
export function drive<T>(clock: VirtualClock, work: Promise<T>, timeoutMs: number, describe: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadlineMs = performance.now() + timeoutMs;
    let ended = false;
    const end = (settle: () => void): void => {
      ended = true;
      clearImmediate(turn);
      settle();
    };
    const pump = (): void => {
      if (ended) return;
      if (performance.now() >= deadlineMs) {
        end(() => reject(new TimeoutError(`${describe()} did not end within ${timeoutMs} ms (real time)`, timeoutMs)));
      } else if (clock.pendingTimers > 0) {
        clock.advanceToNextTimer().then(pump, (error: unknown) => end(() => reject(error)));
      } else {
        setTimeout(pump, IDLE_MS);
      }
    };
    // Most runs end without any waiting, before the event loop turns once.
    const turn = setImmediate(pump);
    work.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
