import { quote, UsageError } from '../../core/errors.js';
import { countWord, thousands } from '../words.js';
import { type CheckResult, failForNothing } from './check-result.js';
import type { Id } from './ids.js';
import { cutLines, withDetails } from './offenders.js';

/** Something that waited for its turn. */
export interface QueuedWork {
  readonly id: Id;
  readonly priority: number;
  /** When it began to wait, in milliseconds. */
  readonly queuedMs: number;
  /** When it had its turn; left out where it never had. */
  readonly startedMs?: number;
}

/** What counts as a violation. */
export interface PriorityOptions {
  /** Which are the urgent ones: those with the largest number, or with the smallest. @defaultValue `largest` */
  readonly urgent?: 'largest' | 'smallest';
  /**
   * How long something has to have waited before it is wrong to pass it over, in milliseconds: what takes the work
   * needs time to hear of it.
   *
   * @defaultValue 0
   */
  readonly toleranceMs?: number;
}

/**
 * Nothing is begun while something more urgent waits.
 *
 * @throws UsageError for what is no such list
 *
 * @example
 * ```ts
 * priorityRespected(tasks, { toleranceMs: 5 });
 * ```
 */
export function priorityRespected(history: readonly QueuedWork[], options: PriorityOptions = {}): CheckResult {
  const { urgent = 'largest', toleranceMs = 0 } = options;
  checkHistory(history, options);
  const sign = urgent === 'largest' ? 1 : -1;
  const starts = history
    .filter((work): work is QueuedWork & { readonly startedMs: number } => work.startedMs !== undefined)
    .sort((one, other) => one.startedMs - other.startedMs || sign * (other.priority - one.priority));
  const arrivals = history.toSorted((one, other) => one.queuedMs - other.queuedMs);
  const waiting = new Map<number, Set<QueuedWork>>();
  const violations: string[] = [];
  let arrived = 0;
  for (const work of starts) {
    for (; arrived < arrivals.length; arrived += 1) {
      const next = arrivals[arrived];
      if (next === undefined || next.queuedMs + toleranceMs >= work.startedMs) break;
      // One that was begun before it would have had to be is not waited for.
      if ((next.startedMs ?? Number.POSITIVE_INFINITY) >= work.startedMs) addTo(waiting, next);
    }
    waiting.get(work.priority)?.delete(work);
    const passed = findMoreUrgent(waiting, work.priority * sign, sign);
    if (passed === undefined) continue;
    const { first, count } = passed;
    const others = count === 1 ? '' : ` and ${thousands(count - 1)} more`;
    violations.push(
      `${work.id} (priority ${work.priority}) was begun at ${work.startedMs} ms, while ${first.id} (priority ${first.priority}) had waited since ${first.queuedMs} ms${others}`,
    );
  }
  const expected = 'nothing is begun while something more urgent waits';
  if (starts.length === 0) return failForNothing(expected, 'nothing was begun');
  const ok = violations.length === 0;
  const total = countWord(starts.length, 'start');
  return {
    ok,
    expected,
    actual: ok
      ? `${total}, each the most urgent`
      : `${thousands(violations.length)} of ${total} passed over something more urgent`,
    ...withDetails(cutLines(violations)),
  };
}

function addTo(waiting: Map<number, Set<QueuedWork>>, work: QueuedWork): void {
  const others = waiting.get(work.priority);
  if (others === undefined) waiting.set(work.priority, new Set([work]));
  else others.add(work);
}

/** The most urgent that waits, and how many do that are more urgent than something. */
function findMoreUrgent(
  waiting: ReadonlyMap<number, ReadonlySet<QueuedWork>>,
  urgency: number,
  sign: number,
): { readonly first: QueuedWork; readonly count: number } | undefined {
  let first: QueuedWork | undefined;
  let count = 0;
  for (const [priority, works] of waiting) {
    const [oldest] = works;
    if (oldest === undefined || priority * sign <= urgency) continue;
    count += works.size;
    if (first === undefined || priority * sign > first.priority * sign) first = oldest;
  }
  return first === undefined ? undefined : { first, count };
}

function checkHistory(history: unknown, { urgent, toleranceMs }: PriorityOptions): void {
  const mistakes: string[] = [];
  if (urgent !== undefined && urgent !== 'largest' && urgent !== 'smallest') {
    mistakes.push(`urgent must be "largest" or "smallest"; received ${quote(urgent)}`);
  }
  if (toleranceMs !== undefined && !(Number.isFinite(toleranceMs) && toleranceMs >= 0)) {
    mistakes.push(`toleranceMs must be a finite number of milliseconds, 0 or more; received ${quote(toleranceMs)}`);
  }
  const isWork = (work: Partial<QueuedWork> | null | undefined): boolean =>
    Number.isFinite(work?.priority) &&
    Number.isFinite(work?.queuedMs) &&
    (work?.startedMs === undefined || Number.isFinite(work.startedMs));
  if (!Array.isArray(history)) mistakes.push(`history must be a list; received ${quote(history)}`);
  else {
    const bad = history.find((work) => !isWork(work));
    if (bad !== undefined)
      mistakes.push(`history must hold { id, priority, queuedMs, startedMs? }; received ${quote(bad)}`);
  }
  if (mistakes.length > 0) throw new UsageError('priorityRespected', mistakes);
}
