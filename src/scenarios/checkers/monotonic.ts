import { quote, UsageError } from '../../core/errors.js';
import type { Series } from '../scenario-result.js';
import { countWord, thousands } from '../words.js';
import { type CheckResult, failForNothing } from './check-result.js';
import { cutLines, withDetails } from './offenders.js';

/** What counts as going back. */
export interface MonotonicOptions {
  /** What it is. @defaultValue `it` */
  readonly what?: string;
  /** Standing still is wrong, too: for sequence numbers. @defaultValue false */
  readonly strictly?: boolean;
  /** 0 may follow anything: what counts may be started anew. @defaultValue false */
  readonly mayRestart?: boolean;
}

/**
 * A counter only grows.
 *
 * @param values - What it read, one after the other; or a series of it.
 * @throws UsageError for what is no list of numbers
 */
export function monotonic(values: readonly number[] | Series, options: MonotonicOptions = {}): CheckResult {
  const { what = 'it', strictly = false, mayRestart = false } = options;
  const list: unknown =
    typeof values === 'object' && values !== null && 'values' in values && 'atMs' in values ? values.values : values;
  if (!Array.isArray(list))
    throw new UsageError('monotonic', `values must be a list or a series; received ${quote(values)}`);
  const numbers: readonly unknown[] = list;
  const times: readonly number[] | undefined = 'atMs' in values ? values.atMs : undefined;
  const steps: string[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, value] of numbers.entries()) {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw new UsageError('monotonic', `values must be numbers; received ${quote(value)} at ${index}`);
    }
    const isBack = value < before || (strictly && value === before);
    if (isBack && !(mayRestart && value === 0)) {
      const where = times === undefined ? `at ${index}` : `at ${times[index]} ms`;
      steps.push(`${where}: ${value} after ${before}`);
    }
    before = value;
  }
  const expected = `${what} only grows${strictly ? ', and never stands' : ''}`;
  if (numbers.length === 0) return failForNothing(expected, 'no value was read');
  const ok = steps.length === 0;
  return {
    ok,
    expected,
    actual: ok
      ? `${countWord(numbers.length, 'value')}, none back`
      : `${thousands(steps.length)} of ${countWord(numbers.length, 'value')} back`,
    ...withDetails(cutLines(steps)),
  };
}
