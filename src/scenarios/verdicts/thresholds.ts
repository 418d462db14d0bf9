import { quote, UsageError } from '../../core/errors.js';
import type { CheckResult } from '../checkers/check-result.js';
import { createVerdict } from './create-verdict.js';
import { type Figure, type FigureValue, toFigure } from './figure.js';
import type { Verdict } from './verdict.js';

/** Gives the figure when the run is over. */
export type ReadFigure = () => FigureValue | Promise<FigureValue>;

/**
 * A figure that must be so much or more.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * atLeast('tasks that succeed', () => ratio(run.load().succeeded, run.load().planned), 0.95);
 * ```
 */
export function atLeast(name: string, read: ReadFigure, limit: number): Verdict {
  checkArguments('atLeast', read, { limit });
  return createVerdict('atLeast', name, () =>
    judge(
      read,
      (value) => value >= limit,
      ({ describeLimit }) => `at least ${describeLimit(limit)}`,
    ),
  );
}

/** A figure that must be so much or less. @throws UsageError with every mistake */
export function atMost(name: string, read: ReadFigure, limit: number): Verdict {
  checkArguments('atMost', read, { limit });
  return createVerdict('atMost', name, () =>
    judge(
      read,
      (value) => value <= limit,
      ({ describeLimit }) => `at most ${describeLimit(limit)}`,
    ),
  );
}

/** A figure that must lie between two limits, or be one of them. @throws UsageError with every mistake */
export function within(name: string, read: ReadFigure, low: number, high: number): Verdict {
  checkArguments('within', read, { low, high });
  if (low > high) throw new UsageError('within', `low must not be above high; received ${low} and ${high}`);
  return createVerdict('within', name, () =>
    judge(
      read,
      (value) => value >= low && value <= high,
      ({ describeLimit }) => `from ${describeLimit(low)} to ${describeLimit(high)}`,
    ),
  );
}

/**
 * What a checker found out, or will find out when the run is over.
 *
 * @throws UsageError
 *
 * @example
 * ```ts
 * check('every task is done once', () => exactlyOnce({ sent, received }));
 * ```
 */
export function check(name: string, result: CheckResult | (() => CheckResult | Promise<CheckResult>)): Verdict {
  const isCheck = typeof result === 'function' || (typeof result === 'object' && result !== null && 'ok' in result);
  if (!isCheck)
    throw new UsageError('check', `result must be what a checker returned, or a function; received ${quote(result)}`);
  return createVerdict('check', name, typeof result === 'function' ? result : () => result);
}

async function judge(
  read: ReadFigure,
  holds: (value: number) => boolean,
  describe: (figure: Figure) => string,
): Promise<CheckResult> {
  const figure = toFigure(await read());
  // What is no number is neither more nor less than any limit.
  return { ok: holds(figure.value), expected: describe(figure), actual: figure.words };
}

function checkArguments(subject: string, read: unknown, limits: Readonly<Record<string, unknown>>): void {
  const mistakes = Object.entries(limits)
    .filter(([, value]) => typeof value !== 'number' || Number.isNaN(value))
    .map(([name, value]) => `${name} must be a number; received ${quote(value)}`);
  if (typeof read !== 'function') mistakes.unshift(`read must be a function; received ${quote(read)}`);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
