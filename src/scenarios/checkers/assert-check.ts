import { AssertionError, bullets } from '../../core/errors.js';
import type { CheckResult } from './check-result.js';

/**
 * Throws unless what was checked holds; for checkers in ordinary tests.
 *
 * @throws AssertionError with what was expected, what was, and the offending ids
 *
 * @example
 * ```ts
 * assertCheck(exactlyOnce({ sent: [1, 2, 3], received: collector.ids }));
 * ```
 */
export function assertCheck(check: CheckResult): void {
  if (check.ok) return;
  const { expected, actual, details = [] } = check;
  const more = details.length === 0 ? '' : `\n${bullets(details)}`;
  throw new AssertionError(`expected: ${expected}\n  actual: ${actual}${more}`, { actual, expected });
}
