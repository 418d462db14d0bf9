import { AssertionError, quote } from '../../core/errors.js';
import { describeTail, type ProcessSubject, requireProcess } from './subjects.js';

/**
 * Asserts that a program runs: that it has neither ended nor been suspended.
 *
 * @throws AssertionError with the last it wrote; UsageError
 *
 * @example
 * ```ts
 * assertIsRunning(relay);
 * ```
 */
export function assertIsRunning(subject: ProcessSubject): void {
  requireProcess('toBeRunning', subject);
  const { state, command } = subject;
  if (state === 'running') return;
  const seen = state === 'suspended' ? 'it is suspended' : `it has ended; ${describeTail(subject)}`;
  throw new AssertionError(`expected ${quote(command)} to be running: ${seen}`, { actual: state, expected: 'running' });
}
