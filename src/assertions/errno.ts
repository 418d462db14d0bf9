import { type ErrnoName, isErrnoName } from '../core/errno.js';
import { AssertionError, quote, UsageError } from '../core/errors.js';
import { isThenable } from '../core/is-thenable.js';
import { errnoOf } from '../core/kernel-error.js';

/**
 * Asserts that something fails with an error of Linux: a promise that rejects, or a function that throws or rejects.
 *
 * @returns the error, for further assertions
 * @throws AssertionError when it succeeds or fails otherwise; UsageError for an unknown name, and for a subject that is
 * neither a promise nor a function
 *
 * @example
 * ```ts
 * await assertRejectsWithErrno(kernel.attach(spec), 'EBUSY');
 * ```
 */
export async function assertRejectsWithErrno(
  subject: PromiseLike<unknown> | (() => unknown),
  code: ErrnoName,
): Promise<Error> {
  if (!isErrnoName(code)) {
    // The mistake is told here; what the promise comes to must not be reported as unhandled beside it.
    if (typeof subject !== 'function') Promise.resolve(subject).catch(() => {});
    throw new UsageError(
      'assertRejectsWithErrno',
      `${quote(code)} is not an error of Linux; expected a name such as 'EBUSY'`,
    );
  }
  if (typeof subject !== 'function' && !isThenable(subject)) {
    throw new UsageError(
      'assertRejectsWithErrno',
      `expected a promise or a function; received ${quote(subject)}. Give the promise itself, without await, or () => …`,
    );
  }
  let value: unknown;
  try {
    value = await (typeof subject === 'function' ? subject() : subject);
  } catch (error) {
    if (error instanceof Error && errnoOf(error) === code) return error;
    throw new AssertionError(`expected a failure with ${code}, received ${describeFailure(error)}`, {
      actual: errnoOf(error) ?? describeFailure(error),
      expected: code,
    });
  }
  throw new AssertionError(`expected a failure with ${code}, but it succeeded with ${quote(value)}`, {
    actual: value,
    expected: code,
  });
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return quote(error);
  const code = errnoOf(error);
  return code === undefined ? `${error.name} without an errno: ${error.message}` : `${code}: ${error.message}`;
}
