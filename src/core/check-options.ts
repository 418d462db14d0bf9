import { quote, UsageError } from './errors.js';

/**
 * Refuses options that are no object, of which nothing more can be said.
 *
 * @throws UsageError
 */
export function checkOptions(subject: string, options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new UsageError(subject, `options must be an object; received ${quote(options)}`);
}
