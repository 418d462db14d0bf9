import { AssertionError } from '../../core/errors.js';
import { type Expectation, lookUntil, toError, type WaitOptions } from '../look.js';

/** What a matcher asks of Vitest. */
export interface MatcherContext {
  readonly isNot?: boolean;
}

/** What a matcher answers to Vitest. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** Turns an assertion into a matcher's answer; other errors than failed assertions are thrown on. */
export function toMatcherResult(assertion: () => unknown, negatedMessage: string): MatcherResult {
  try {
    assertion();
    return { pass: true, message: () => negatedMessage };
  } catch (error) {
    return toFailure(error);
  }
}

/** {@link toMatcherResult} for an assertion that waits. */
export async function toMatcherResultAsync(
  assertion: () => Promise<unknown>,
  negatedMessage: string,
): Promise<MatcherResult> {
  try {
    await assertion();
    return { pass: true, message: () => negatedMessage };
  } catch (error) {
    return toFailure(error);
  }
}

/** The answer of a matcher that looks until it is as wanted; when it is negated, until it no longer is. */
export async function toExpectationResult(
  { isNot = false }: MatcherContext,
  expectation: Expectation,
  { timeoutMs }: WaitOptions,
): Promise<MatcherResult> {
  const seen = await lookUntil(!isNot, expectation.look, timeoutMs);
  if (!seen.holds) {
    const { message, actual, expected } = toError(expectation, seen, timeoutMs);
    return { pass: false, message: () => message, actual, expected };
  }
  const { message } = toError(expectation, seen, timeoutMs, 'not to');
  return { pass: true, message: () => message };
}

function toFailure(error: unknown): MatcherResult {
  if (!(error instanceof AssertionError)) throw error;
  return { pass: false, message: () => error.message, actual: error.actual, expected: error.expected };
}
