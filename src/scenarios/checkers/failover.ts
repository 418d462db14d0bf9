import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import { countWord, inSeconds } from '../words.js';
import type { CheckResult } from './check-result.js';

/** Something that was done, and by whom. */
export interface DoneWork {
  /** When, in milliseconds. */
  readonly atMs: number;
  readonly by: string;
}

/** One that failed, and what was done around it. */
export interface FailoverHistory {
  /** Who failed: what it has done does not count. */
  readonly failed: string;
  /** When, in milliseconds. */
  readonly failedMs: number;
  /** What was done, in any order: of the work that was the failed one's. */
  readonly done: readonly DoneWork[];
  /** How long it may take until another does its work, in milliseconds. */
  readonly withinMs: number;
}

/**
 * When one fails, another takes over its work in time.
 *
 * @throws UsageError for what is no such history
 *
 * @example
 * ```ts
 * failover({ failed: 'collector-2', failedMs: 1200, done: results, withinMs: 3 * heartbeatMs });
 * ```
 */
export function failover(history: FailoverHistory): CheckResult {
  checkHistory(history);
  const { failed, failedMs, done, withinMs } = history;
  const after = done.filter(({ atMs }) => atMs >= failedMs);
  const others = after.filter(({ by }) => by !== failed).sort((one, other) => one.atMs - other.atMs);
  const expected = `another does the work of ${failed} within ${inSeconds(withinMs)}`;
  const [first] = others;
  if (first === undefined) {
    const own =
      after.length === 0
        ? 'nothing was done any more'
        : `only ${failed} itself did anything, ${countWord(after.length, 'time')}`;
    return { ok: false, expected, actual: `no other did: ${own}` };
  }
  const tookMs = first.atMs - failedMs;
  return { ok: tookMs <= withinMs, expected, actual: `${first.by} did after ${inSeconds(tookMs)}` };
}

function checkHistory({ failed, failedMs, done, withinMs }: FailoverHistory): void {
  const mistakes = [...findSpanMistakes('withinMs', withinMs)];
  if (!Number.isFinite(failedMs)) mistakes.push(`failedMs must be a finite number; received ${quote(failedMs)}`);
  if (typeof failed !== 'string' || failed === '') mistakes.push(`failed must be a name; received ${quote(failed)}`);
  if (!Array.isArray(done)) mistakes.push(`done must be a list; received ${quote(done)}`);
  else {
    const bad = done.find((work) => !Number.isFinite(work?.atMs) || typeof work?.by !== 'string');
    if (bad !== undefined) mistakes.push(`done must hold { atMs, by }; received ${quote(bad)}`);
  }
  if (mistakes.length > 0) throw new UsageError('failover', mistakes);
}
