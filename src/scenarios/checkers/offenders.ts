import { thousands } from '../words.js';

/** So many are shown; of the others it is said how many there are. */
const SHOWN = 10;

/** The first of them, and how many more there are: `lost: 3, 17 and 1,204 more`; nothing where there are none. */
export function listOffenders(what: string, offenders: readonly unknown[]): readonly string[] {
  if (offenders.length === 0) return [];
  const shown = offenders.slice(0, SHOWN).map(String);
  const hidden = offenders.length - shown.length;
  const more = hidden === 0 ? '' : ` and ${thousands(hidden)} more`;
  return [`${what}: ${shown.join(', ')}${more}`];
}

/** The first of several lines, and how many more there are. */
export function cutLines(lines: readonly string[], most: number = SHOWN): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most), `and ${thousands(lines.length - most)} more`];
}

/** A result with details only where there are any. */
export function withDetails(details: readonly string[]): { readonly details?: readonly string[] } {
  return details.length === 0 ? {} : { details };
}
