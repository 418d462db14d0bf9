import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import { findKnownFailureMistakes } from './create-verdict.js';
import type { KnownFailure } from './verdict.js';

/** How a condition is looked at. */
export interface ConditionOptions {
  /** For `eventually`: how long it may take, from when everything is healed, in milliseconds. @defaultValue 5000 */
  readonly withinMs?: number;
  /** For `always`: how often it is looked at, in milliseconds. @defaultValue 100 */
  readonly everyMs?: number;
  /** The failure that is expected of it, if one is. */
  readonly knownFailure?: KnownFailure;
}

/** Something that holds or does not: for `always` and `eventually`. */
export interface Condition extends ConditionOptions {
  /** In words: `the coordinator is up`. */
  readonly name: string;
  /** Whether it holds now. What it throws means that it does not. */
  readonly holds: () => unknown;
}

/**
 * Something that must hold, all the time or in the end.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * condition('all tasks are done', () => coordinator.open === 0, { withinMs: 10_000 });
 * ```
 */
export function condition(name: string, holds: () => unknown, options: ConditionOptions = {}): Condition {
  checkOptions('condition', options);
  const mistakes = findUnknownOptions(options, ['withinMs', 'everyMs', 'knownFailure']);
  const made: Condition = { name, holds, ...options };
  const all = [...mistakes, ...findConditionMistakes('', made)];
  if (all.length > 0) throw new UsageError('condition', all);
  return made;
}

/** What is wrong with something that should be a condition. */
export function findConditionMistakes(prefix: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null)
    return [`${prefix || 'it'} must be a condition, such as condition('…', () => …); received ${quote(value)}`];
  const { name, holds, withinMs, everyMs, knownFailure }: { readonly [K in keyof Condition]?: unknown } = value;
  const mistakes: string[] = [];
  if (typeof name !== 'string' || name === '')
    mistakes.push(`name must be a string that is not empty; received ${quote(name)}`);
  if (typeof holds !== 'function') mistakes.push(`holds must be a function; received ${quote(holds)}`);
  if (withinMs !== undefined) mistakes.push(...findSpanMistakes('withinMs', withinMs));
  if (everyMs !== undefined && !(typeof everyMs === 'number' && Number.isFinite(everyMs) && everyMs > 0))
    mistakes.push(`everyMs must be a finite number of milliseconds above 0; received ${quote(everyMs)}`);
  if (knownFailure !== undefined)
    mistakes.push(...findKnownFailureMistakes(Object(knownFailure)).map((each) => `knownFailure.${each}`));
  return mistakes.map((mistake) => (prefix === '' ? mistake : `${prefix}.${mistake}`));
}

/** Conditions of a scenario. @throws UsageError with every mistake */
export function readConditions(subject: string, given: unknown): readonly Condition[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw new UsageError(subject, `it must give a list; received ${quote(given)}`);
  const mistakes = given.flatMap((each, index) => findConditionMistakes(`[${index}]`, each));
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return given;
}
