import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AssertionError, quote, UsageError } from '../../core/errors.js';
import {
  findRestarts,
  type Restart,
  type RestartHistory,
  type RestartSummary,
  renderHistory,
} from '../../core/restart-history.js';

/** Pauses that grow. */
export interface ExpectedBackoff {
  /** Each pause is at least so many times the one before. */
  readonly minFactor: number;
  /** Where they stop growing, in milliseconds: a pause that is at least this long satisfies. @defaultValue none */
  readonly ceilingMs?: number;
  /** How much shorter a pause may be than it has to be, in milliseconds: timers and the observation are not exact. @defaultValue 10 */
  readonly toleranceMs?: number;
}

/** What is expected of a supervisor. */
export interface ExpectedRestarts {
  /** @defaultValue 1 */
  readonly atLeast?: number;
  /** So many restarts, over all, or within any span of time. @defaultValue no limit */
  readonly atMost?: number | { readonly count: number; readonly windowMs: number };
  /** The longest that may pass from a death to the birth that follows, in milliseconds. @defaultValue no limit */
  readonly withinMs?: number;
  readonly backoff?: ExpectedBackoff;
  /** Whether it has given up: the last death is followed by no birth. @defaultValue not asked */
  readonly gaveUp?: boolean;
}

const TOLERANCE_MS = 10;

/** What was seen of a supervisor: a history, or the observer that has it. */
export type RestartSubject = RestartHistory | { history(): RestartHistory };

/**
 * Asserts how a supervisor has restarted what it keeps.
 *
 * @throws AssertionError with every expectation that was not met, and what was seen @throws UsageError
 *
 * @example
 * ```ts
 * using observed = observeRestarts(supervisor);
 * await worker.call('crash');
 * await observed.waitForRestarts(3);
 * assertRestarted(observed.history(), { withinMs: 500, atMost: { count: 5, windowMs: 60_000 }, backoff: { minFactor: 1.5 } });
 * ```
 */
export function assertRestarted(subject: RestartSubject, expected: ExpectedRestarts = {}): void {
  checkExpected(expected);
  const history = readHistory(subject);
  const summary = findRestarts(history);
  const { restarts, unreplaced } = summary;
  const { atLeast = 1, atMost, withinMs, backoff, gaveUp } = expected;
  const failures: string[] = [];
  if (restarts.length < atLeast)
    failures.push(
      `at least ${countRestarts(atLeast)} expected; there ${restarts.length === 1 ? 'was' : 'were'} ${restarts.length}`,
    );
  if (atMost !== undefined) failures.push(...findTooMany(restarts, atMost));
  if (withinMs !== undefined) failures.push(...findTooLate(history, summary, withinMs, gaveUp === true));
  if (backoff !== undefined) failures.push(...findMissingBackoff(restarts, backoff));
  if (gaveUp === true && unreplaced.length === 0)
    failures.push('it was expected to give up; everything that has ended was started again');
  if (gaveUp === false && unreplaced.length > 0)
    failures.push(
      `nothing was expected to stay away; not started again: ${unreplaced.map(({ pid }) => pid).join(', ')}`,
    );
  if (failures.length > 0) throw fail('The restarts are not as expected', failures, history, { restarts, expected });
}

/** Asserts that nothing was restarted. @throws AssertionError */
export function assertNotRestarted(subject: RestartSubject): void {
  const history = readHistory(subject);
  const { restarts } = findRestarts(history);
  if (restarts.length === 0) return;
  const failure = `no restart expected; there ${restarts.length === 1 ? 'was' : 'were'} ${restarts.length}`;
  throw fail('Something was restarted', [failure], history, { restarts, expected: { atMost: 0 } });
}

function readHistory(subject: RestartSubject): RestartHistory {
  if (typeof subject === 'object' && subject !== null) {
    if ('history' in subject && typeof subject.history === 'function') return subject.history();
    if ('lives' in subject) return subject;
  }
  throw new UsageError(
    'assertRestarted',
    `it takes what observeRestarts returns, or its history(), not ${quote(subject)}`,
  );
}

function fail(
  title: string,
  failures: readonly string[],
  history: RestartHistory,
  { restarts, expected }: { readonly restarts: readonly Restart[]; readonly expected: ExpectedRestarts },
): AssertionError {
  const seen = renderHistory(history).map((line) => `  ${line}`);
  const list = failures.map((failure) => `  - ${failure}`);
  const message = [`${title}:`, ...list, seen.length === 0 ? 'No child was seen' : 'Seen:', ...seen].join('\n');
  return new AssertionError(message, { actual: restarts, expected });
}

function countRestarts(count: number): string {
  return count === 1 ? '1 restart' : `${count} restarts`;
}

function findTooMany(restarts: readonly Restart[], atMost: NonNullable<ExpectedRestarts['atMost']>): readonly string[] {
  const { count, windowMs } = typeof atMost === 'number' ? { count: atMost, windowMs: undefined } : atMost;
  const most = Math.max(
    0,
    ...restarts.map(({ bornAtMs }, index) => {
      const until = windowMs === undefined ? Number.POSITIVE_INFINITY : bornAtMs + windowMs;
      return restarts.slice(index).filter((each) => each.bornAtMs <= until).length;
    }),
  );
  if (most <= count) return [];
  const span = windowMs === undefined ? '' : ` in ${windowMs} ms`;
  return [`at most ${countRestarts(count)}${span} expected; there were ${most}`];
}

function findTooLate(
  { observedAtMs }: RestartHistory,
  { restarts, unreplaced }: RestartSummary,
  withinMs: number,
  mayGiveUp: boolean,
): readonly string[] {
  const late = restarts
    .filter(({ pauseMs }) => pauseMs > withinMs)
    .map(
      ({ previousPid, pauseMs }) =>
        `a restart within ${withinMs} ms expected; it took ${Math.round(pauseMs)} ms after ${previousPid} had ended`,
    );
  const missing = unreplaced.flatMap(({ pid, diedAtMs = observedAtMs }) =>
    mayGiveUp || observedAtMs - diedAtMs <= withinMs
      ? []
      : [
          `a restart within ${withinMs} ms expected; none came in ${Math.round(observedAtMs - diedAtMs)} ms after ${pid} had ended`,
        ],
  );
  return [...late, ...missing];
}

function findMissingBackoff(restarts: readonly Restart[], backoff: ExpectedBackoff): readonly string[] {
  const { minFactor, ceilingMs = Number.POSITIVE_INFINITY, toleranceMs = TOLERANCE_MS } = backoff;
  if (restarts.length < 2)
    return [
      `growing pauses expected, which takes 2 restarts to see; there ${restarts.length === 1 ? 'was' : 'were'} ${restarts.length}`,
    ];
  return restarts.slice(1).flatMap(({ pauseMs }, index) => {
    const before = restarts[index]?.pauseMs ?? 0;
    const least = Math.min(before * minFactor, ceilingMs);
    if (pauseMs >= least - toleranceMs) return [];
    return [
      `pauses that grow by ${minFactor} expected; pause ${index + 2} was ${Math.round(pauseMs)} ms after one of ${Math.round(before)} ms`,
    ];
  });
}

/** @throws UsageError with every mistake */
function checkExpected(expected: ExpectedRestarts): void {
  checkOptions('assertRestarted', expected);
  const mistakes = [...findUnknownOptions(expected, ['atLeast', 'atMost', 'withinMs', 'backoff', 'gaveUp'])];
  const { atLeast, atMost, withinMs, backoff } = expected;
  const limits =
    typeof atMost === 'object' ? { 'atMost.count': atMost?.count, 'atMost.windowMs': atMost?.windowMs } : { atMost };
  const numbers = {
    ...(atLeast !== undefined && { atLeast }),
    ...(atMost !== undefined && limits),
    ...(withinMs !== undefined && { withinMs }),
    ...(backoff !== undefined && { 'backoff.minFactor': backoff?.minFactor }),
  };
  for (const [name, value] of Object.entries(numbers))
    if (!(typeof value === 'number' && value >= 0))
      mistakes.push(`${name} must be a number, 0 or more, not ${quote(value)}`);
  if (typeof atMost === 'number' && typeof atLeast === 'number' && atMost < atLeast)
    mistakes.push(`atLeast ${atLeast} and atMost ${atMost} contradict each other`);
  if (mistakes.length > 0) throw new UsageError('assertRestarted', mistakes);
}
