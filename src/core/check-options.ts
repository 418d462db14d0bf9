import { quote, UsageError } from './errors.js';
import { suggest } from './nearest.js';

/**
 * Refuses options that are no object, of which nothing more can be said.
 *
 * @throws UsageError
 */
export function checkOptions(subject: string, options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new UsageError(subject, `options must be an object; received ${quote(options)}`);
}

/** What is wrong with the names of options: a misspelt one would else be passed over. */
export function findUnknownOptions(options: object, known: readonly string[]): readonly string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${JSON.stringify(name)} is no option${suggest(name, known)}`);
}
