import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote } from '../../core/errors.js';

export const MAX_PORT = 65_535;

/** What is wrong with a number of a range, as a list that is empty when nothing is; `undefined` is not looked at. */
export function findNumberMistakes(name: string, value: unknown, lowest: number, highest: number): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest) return [];
  return [`${name} must be a whole number from ${lowest} to ${highest}, not ${quote(value)}`];
}

export function findFlagMistakes(name: string, value: unknown): readonly string[] {
  return value === undefined || typeof value === 'boolean'
    ? []
    : [`${name} must be true or false, not ${quote(value)}`];
}

export function findSignalMistakes(value: unknown): readonly string[] {
  return value === undefined || value instanceof AbortSignal
    ? []
    : [`signal must be an AbortSignal, not ${quote(value)}`];
}

export function findFunctionMistakes(name: string, value: unknown): readonly string[] {
  return value === undefined || typeof value === 'function' ? [] : [`${name} must be a function, not ${quote(value)}`];
}

/** As {@link findSpanMistakes}, for a span that may be left out. */
export function findTimeoutMistakes(value: unknown): readonly string[] {
  return value === undefined ? [] : findSpanMistakes('timeoutMs', value);
}

/** The name of an abstract unix socket has to fit into `sun_path` (108 bytes) behind its NUL: include/uapi/linux/un.h. */
export function findAbstractNameMistakes(value: unknown): readonly string[] {
  if (typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 107) return [];
  return [`abstractName must be a string of 1 to 107 bytes, not ${quote(value)}`];
}
