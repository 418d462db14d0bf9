import { RealClock } from './real-clock.js';

/** What a promise resolves with, or `undefined` when it has not after some time, in milliseconds. */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let giveUp = (): void => {};
  const deadline = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  const timer = new RealClock().setTimer(giveUp, timeoutMs);
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    timer.cancel();
  }
}
