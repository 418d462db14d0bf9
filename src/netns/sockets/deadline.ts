import { RealClock } from '../../core/real-clock.js';
import { settlePromises } from '../../core/settle.js';

/**
 * Calls `expire` when the time is over, unless the function that it returns was called before. What had come by then,
 * and only waited for a busy event loop to read it, is read first.
 */
export function setDeadline(timeoutMs: number, expire: () => void): () => void {
  let isCancelled = false;
  const timer = new RealClock().setTimer(() => {
    void settlePromises().then(() => {
      if (!isCancelled) expire();
    });
  }, timeoutMs);
  return () => {
    isCancelled = true;
    timer.cancel();
  };
}
