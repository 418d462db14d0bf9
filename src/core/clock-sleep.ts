import { checkOptions } from './check-options.js';
import type { Clock } from './clock.js';
import { quote, UsageError } from './errors.js';

/** What every clock's `sleep` does on top of its own timers. */
export async function sleepOn(
  clock: Clock,
  delayMs: number,
  options: { readonly signal?: AbortSignal },
): Promise<void> {
  checkOptions('sleep', options);
  const { signal } = options;
  signal?.throwIfAborted();
  let stop = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = clock.setTimer(resolve, delayMs);
      const abort = (): void => {
        timer.cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      stop = () => signal?.removeEventListener('abort', abort);
    });
  } finally {
    stop();
  }
}

/** What is wrong with a span of time, as a list of mistakes that is empty when nothing is. */
export function findSpanMistakes(name: string, value: unknown): readonly string[] {
  const isSpan = typeof value === 'number' && Number.isFinite(value) && value >= 0;
  return isSpan ? [] : [`${name} must be a finite number of milliseconds, 0 or more; received ${quote(value)}`];
}

/** Refuses a span of time that is negative, endless or no number. */
export function checkSpan(subject: string, name: string, value: unknown): void {
  const mistakes = findSpanMistakes(name, value);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

/** Refuses a timer whose callback is none, at once and not when it falls due. */
export function checkTimer(subject: string, callback: unknown, delayMs: unknown): void {
  const mistakes = [...findSpanMistakes('delayMs', delayMs)];
  if (typeof callback !== 'function') mistakes.unshift(`callback must be a function; received ${quote(callback)}`);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
