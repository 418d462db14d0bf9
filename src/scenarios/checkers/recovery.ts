import { quote, UsageError } from '../../core/errors.js';
import type { Series } from '../scenario-result.js';
import { inSeconds, roundFigure } from '../words.js';
import type { CheckResult } from './check-result.js';

/** A rate that broke down, and when it ought to be back. */
export interface RecoveryHistory {
  /** When each thing was done, in milliseconds and in order; or the totals over time, as the series of a counter is. */
  readonly done: readonly number[] | Series;
  /** When it was damaged, in milliseconds. */
  readonly brokenMs: number;
  /** When it was healed. */
  readonly healedMs: number;
  /** How much of the rate before has to be back, in percent. */
  readonly percent: number;
  /** How long that may take from then on, in milliseconds. */
  readonly withinMs: number;
  /** From when on the rate before is counted, in milliseconds. @defaultValue the first thing that was done */
  readonly fromMs?: number;
  /** Until when it was observed, in milliseconds. @defaultValue the last thing that was done */
  readonly untilMs?: number;
  /** For how long the rate has to be back, in milliseconds. @defaultValue a tenth of `withinMs`, 100 at the least */
  readonly windowMs?: number;
}

const LEAST_WINDOW_MS = 100;
/** So many windows are looked at in the time that it may take. */
const LOOKS = 200;

/**
 * After it is healed, work goes on as before: within some time, its rate is back to so many percent of what it was
 * before the damage, and stays so for a window.
 *
 * @throws UsageError for what is no such history
 */
export function recovery(history: RecoveryHistory): CheckResult {
  checkHistory(history);
  const { brokenMs, healedMs, percent, withinMs, windowMs = Math.max(LEAST_WINDOW_MS, withinMs / 10) } = history;
  const totalAt = createTotals(history.done);
  const times = 'atMs' in history.done ? history.done.atMs : history.done;
  const { fromMs = times[0] ?? 0, untilMs = times.at(-1) ?? 0 } = history;
  const rate = (from: number, until: number): number => ((totalAt(until) - totalAt(from)) * 1000) / (until - from);
  const before = brokenMs > fromMs ? rate(fromMs, brokenMs) : 0;
  const expected = `within ${inSeconds(withinMs)} the rate is back to ${percent} % of what it was`;
  if (!(before > 0))
    return { ok: false, expected, actual: 'nothing was done before the damage: there is no rate to come back to' };
  let best = 0;
  for (let look = 0; look <= LOOKS; look += 1) {
    const afterMs = (look * withinMs) / LOOKS;
    const startMs = healedMs + afterMs;
    // A window that nobody looked at to its end tells nothing.
    if (startMs + windowMs > untilMs) break;
    const share = (rate(startMs, startMs + windowMs) / before) * 100;
    best = Math.max(best, share);
    if (share >= percent) {
      return {
        ok: true,
        expected,
        actual: `${roundFigure(share)} % of ${roundFigure(before)} a second after ${inSeconds(Math.round(afterMs))}`,
      };
    }
  }
  const isShort = untilMs < healedMs + withinMs + windowMs;
  const until = isShort
    ? `; it was observed until ${inSeconds(Math.max(0, Math.round(untilMs - healedMs)))} after it was healed only`
    : '';
  return { ok: false, expected, actual: `${roundFigure(best)} % of ${roundFigure(before)} a second at most${until}` };
}

/** How much was done before a time; between two points of a series, as much as its share of the time. */
function createTotals(done: readonly number[] | Series): (atMs: number) => number {
  if (!('atMs' in done)) return (atMs) => findPlace(done, (time) => time < atMs);
  const { atMs: times, values } = done;
  return (atMs) => {
    const next = findPlace(times, (time) => time <= atMs);
    const [fromMs, untilMs] = [times[next - 1], times[next]];
    const [from, until] = [values[next - 1] ?? 0, values[next] ?? values.at(-1) ?? 0];
    if (fromMs === undefined) return values[0] ?? 0;
    if (untilMs === undefined || untilMs === fromMs) return from;
    return from + ((until - from) * (atMs - fromMs)) / (untilMs - fromMs);
  };
}

/** How many of them come first. */
function findPlace(times: readonly number[], isFirst: (time: number) => boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isFirst(times[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function checkHistory(history: RecoveryHistory): void {
  const { done, brokenMs, healedMs, percent, withinMs, windowMs, fromMs, untilMs } = history;
  const mistakes = Object.entries({ brokenMs, healedMs, percent, withinMs, windowMs, fromMs, untilMs })
    .filter(([name, value]) => !(Number.isFinite(value) || (value === undefined && /window|from|until/.test(name))))
    .map(([name, value]) => `${name} must be a finite number; received ${quote(value)}`);
  for (const [name, value] of Object.entries({ percent, withinMs, windowMs })) {
    if (value !== undefined && value <= 0) mistakes.push(`${name} must be above 0; received ${quote(value)}`);
  }
  if (healedMs < brokenMs)
    mistakes.push(`healedMs must not be before brokenMs; received ${quote(healedMs)} and ${quote(brokenMs)}`);
  const times: unknown = typeof done === 'object' && done !== null && 'atMs' in done ? done.atMs : done;
  if (!Array.isArray(times)) mistakes.push(`done must be a list of times or a series; received ${quote(done)}`);
  else {
    const bad = times.findIndex(
      (time, index) => !Number.isFinite(time) || (index > 0 && time < (times[index - 1] ?? 0)),
    );
    if (bad >= 0) mistakes.push(`done must hold finite times in order; received ${quote(times[bad])} at ${bad}`);
  }
  if (mistakes.length > 0) throw new UsageError('recovery', mistakes);
}
