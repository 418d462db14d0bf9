import { quote, UsageError } from '../../core/errors.js';

/** The largest unsigned numbers of 8, 16 and 32 bits. */
export const MAX_U8 = 0xff;
export const MAX_U16 = 0xffff;
export const MAX_U32 = 0xffffffff;

/** What is wrong with an integer that must lie in a range. `undefined` is an option that was not given. */
export function findRangeProblems(name: string, value: unknown, min: number, max: number): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return [];
  return [`${name} must be an integer from ${min} to ${max}; received ${quote(value)}`];
}

/** What is wrong with the index of a link: {@link findRangeProblems} from 1 to 2147483647. */
export function findIndexProblems(name: string, value: unknown): readonly string[] {
  return findRangeProblems(name, value, 1, 0x7fffffff);
}

/** What is wrong with a file descriptor. */
export function findFdProblems(name: string, value: unknown): readonly string[] {
  return findRangeProblems(name, value, 0, 0x7fffffff);
}

/**
 * Refuses a call that has mistakes, all of them together.
 *
 * @throws UsageError
 */
export function throwProblems(subject: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(subject, problems);
}
