import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import { isMacAddress } from './mac-address.js';

/** The least and the largest value of an integer. */
export type Range = readonly [min: number, max: number];

export const U16_RANGE: Range = [1, 0xffff];
export const U32_RANGE: Range = [1, 0xffffffff];
/** The index of a link. */
export const INDEX_RANGE: Range = [1, 0x7fffffff];
/** A file descriptor. */
export const FD_RANGE: Range = [0, 0x7fffffff];

/** What is wrong with an integer that must lie in a range. */
export function findRangeProblems(name: string, value: unknown, [min, max]: Range): readonly string[] {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return [];
  return [`${name} must be an integer from ${min} to ${max}; received ${quote(value)}`];
}

/** What is wrong with an integer that need not be given. */
export function findOptionalRangeProblems(name: string, value: unknown, range: Range): readonly string[] {
  return value === undefined ? [] : findRangeProblems(name, value, range);
}

/** What is wrong with one of a few words, if it is given. */
export function findChoiceProblems(name: string, value: unknown, choices: Iterable<string>): readonly string[] {
  const known = [...choices];
  if (value === undefined || (typeof value === 'string' && known.includes(value))) return [];
  const list = known.map((choice) => `'${choice}'`).join(', ');
  return [`${name} must be one of ${list}; received ${quote(value)}${suggest(value, known)}`];
}

/** What is wrong with something that is on or off, if it is given. */
export function findBooleanProblems(name: string, value: unknown): readonly string[] {
  if (value === undefined || typeof value === 'boolean') return [];
  return [`${name} must be true or false; received ${quote(value)}`];
}

/** What is wrong with an Ethernet address, if it is given. */
export function findMacProblems(name: string, value: unknown): readonly string[] {
  if (value === undefined || isMacAddress(value)) return [];
  return [`${name} must be one such as "02:00:00:00:00:01"; received ${quote(value)}`];
}

/**
 * Refuses a call that has mistakes, all of them together.
 *
 * @throws UsageError
 */
export function throwProblems(subject: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new UsageError(subject, problems);
}
