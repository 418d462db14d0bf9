import { AssertionError } from '../../core/errors.js';

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

function toFailure(error: unknown): MatcherResult {
  if (!(error instanceof AssertionError)) throw error;
  return { pass: false, message: () => error.message, actual: error.actual, expected: error.expected };
}
