import { quote, UsageError } from './errors.js';

/** The mistakes of one call, collected to be told all at once. */
export class Mistakes {
  #list: string[] | undefined;

  add(mistake: string): void {
    this.#list ??= [];
    this.#list.push(mistake);
  }

  /** @throws UsageError when there are any */
  throwIfAny(subject: string): void {
    if (this.#list !== undefined) throw new UsageError(subject, this.#list);
  }
}

export function checkText(mistakes: Mistakes, field: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    mistakes.add(`${field} must be a non-empty string, not ${quote(value)}`);
  else if (value.includes('\0')) mistakes.add(`${field} must not contain a NUL character; received ${quote(value)}`);
}

/** A whole number; `highest` is what the field of the kernel's structure can hold. */
export function checkNumber(mistakes: Mistakes, field: string, value: unknown, lowest: number, highest: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest) return;
  mistakes.add(`${field} must be a whole number from ${lowest} to ${highest}, not ${quote(value)}`);
}

export function checkChoice(mistakes: Mistakes, field: string, value: unknown, choices: readonly string[]): void {
  if (typeof value === 'string' && choices.includes(value)) return;
  mistakes.add(`${field} ${quote(value)} is unknown; there are ${choices.join(', ')}`);
}

export function checkFlag(mistakes: Mistakes, field: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    mistakes.add(`${field} must be true or false, not ${quote(value)}`);
}

export function checkPath(mistakes: Mistakes, field: string, value: unknown): void {
  if (typeof value === 'string' && value.startsWith('/') && !value.includes('\0')) return;
  mistakes.add(`${field} must be an absolute path, such as "/sys/fs/bpf/prog", not ${quote(value)}`);
}

/** @throws UsageError when an argument is no object at all: nothing more can be said of it */
export function requireObject(subject: string, value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new UsageError(subject, `expected an object, not ${quote(value)}`);
}
