import { quote } from '../../core/errors.js';

/** What is wrong with a text that may be left out. */
export function findTextMistakes(name: string, value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'string' && value !== '')) return [];
  return [`${name} must be a string that is not empty, not ${quote(value)}`];
}
