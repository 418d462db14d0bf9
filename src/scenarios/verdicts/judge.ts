import type { CheckResult } from '../checkers/check-result.js';
import { describeError } from '../load/failure-tally.js';
import type { VerdictRecord, VerdictStatus } from '../scenario-result.js';
import type { KnownFailure } from './verdict.js';

/** What was asked, and the answer, as a record. */
export function toVerdictRecord(name: string, result: CheckResult, known?: KnownFailure): VerdictRecord {
  const { expected, actual, details } = result;
  return {
    name,
    status: toStatus(result.ok, known !== undefined),
    actual,
    expected,
    ...(details !== undefined && details.length > 0 && { details }),
    ...(known !== undefined && { reason: known.reason }),
    ...(known?.link !== undefined && { link: known.link }),
  };
}

function toStatus(isOk: boolean, isKnown: boolean): VerdictStatus {
  if (isOk) return isKnown ? 'unexpectedly-passed' : 'passed';
  return isKnown ? 'expected-failure' : 'failed';
}

/**
 * A verdict that could not be reached: a failure, whatever was expected of it. An assertion that does not hold is no error
 * of the verdict, but its answer.
 */
export function toFailedRecord(name: string, error: unknown, known?: KnownFailure): VerdictRecord {
  const isAssertion = error instanceof Error && error.name.startsWith('AssertionError');
  const [actual = '', ...details] = describeError(error).split('\n');
  if (isAssertion) return toVerdictRecord(name, { ok: false, expected: 'the assertion holds', actual, details }, known);
  return {
    name,
    status: 'failed',
    actual: `it could not be judged: ${actual}`,
    expected: 'a judgement',
    ...(details.length > 0 && { details }),
  };
}

const ORDER: readonly VerdictStatus[] = ['passed', 'expected-failure', 'unexpectedly-passed', 'failed'];

/** The worst of them; `passed` where there is none. */
export function findWorst(statuses: Iterable<VerdictStatus>): VerdictStatus {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, ORDER.indexOf(status));
  return ORDER[worst] ?? 'failed';
}

/** What a program that ran scenarios ends with: 1 when one has failed or passed unexpectedly, else 0. */
export function exitCodeOf(results: Iterable<{ readonly verdict: VerdictStatus }>): 0 | 1 {
  const worst = findWorst([...results].map(({ verdict }) => verdict));
  return worst === 'failed' || worst === 'unexpectedly-passed' ? 1 : 0;
}
