import { findSpanMistakes } from '../core/clock-sleep.js';
import { AssertionError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';

/** How an assertion about a network waits: what it is about changes by itself, and takes its time. */
export interface WaitOptions {
  /** How long to wait for it, in milliseconds; 0 looks once. @defaultValue 1000 */
  readonly timeoutMs?: number;
}

/** What was seen at one moment. */
export interface Look {
  readonly holds: boolean;
  /** What was seen, as it follows the expectation: `it has eth0 10.0.0.1/24`. */
  readonly seen: string;
  readonly actual?: unknown;
  /** That it cannot change for the better: there is nothing to wait for. */
  readonly isFinal?: boolean;
}

export const DEFAULT_TIMEOUT_MS = 1000;
const PAUSE_MS = 5;
const MAX_PAUSE_MS = 50;

/** Looks until it is as wanted, or the time is over, and answers the last look. */
export async function lookUntil(
  wanted: boolean,
  look: () => Look | Promise<Look>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<Look> {
  const clock = new RealClock();
  const deadlineMs = clock.now() + timeoutMs;
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    const isLast = clock.now() >= deadlineMs;
    const seen = await look();
    if (seen.holds === wanted || isLast || seen.isFinal === true) return seen;
    // The last look is at the deadline, not before.
    await clock.sleep(Math.min(pauseMs, Math.max(deadlineMs - clock.now(), 0)));
  }
}

/** @throws AssertionError when it does not hold in time */
export async function assertLook(expectation: Expectation, timeoutMs: number | undefined): Promise<void> {
  const seen = await lookUntil(true, expectation.look, timeoutMs);
  if (!seen.holds) throw toError(expectation, seen, timeoutMs);
}

/** Something that is expected of a subject: as a sentence, and how it is looked at. */
export interface Expectation {
  /** `"left"` */
  readonly subject: string;
  /** `have address 10.0.0.1` */
  readonly what: string;
  readonly expected: unknown;
  readonly look: () => Look | Promise<Look>;
}

/** The failure of an expectation. */
export function toError(
  { subject, what, expected }: Expectation,
  seen: Look,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  verb: 'to' | 'not to' = 'to',
): AssertionError {
  const within = timeoutMs > 0 ? ` within ${timeoutMs} ms` : '';
  const details = verb === 'to' ? { actual: seen.actual, expected } : {};
  return new AssertionError(`expected ${subject} ${verb} ${what}${within}: ${seen.seen}`, details);
}

/** What is wrong with `timeoutMs`. */
export function findWaitMistakes({ timeoutMs }: WaitOptions): readonly string[] {
  return timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs);
}
