import { isErrno } from './errors.js';

/** Time, as far as the manager needs it. */
export interface Clock {
  sleep(delayMs: number): Promise<void>;
}

export const systemClock: Clock = {
  sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};

const RETRIES = 5;
const FIRST_DELAY_MS = 50;

/**
 * Tries again while the kernel says EBUSY, five times, from 50 ms on and twice as long each time. A link's id is gone
 * before its hook is free, so a hook that was left a moment ago may still look taken.
 */
export async function retryWhileBusy<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await action();
    } catch (error) {
      if (!isErrno(error, 'EBUSY') || retry === RETRIES) throw error;
      await clock.sleep(FIRST_DELAY_MS * 2 ** retry);
    }
  }
}
