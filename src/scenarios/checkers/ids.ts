import { quote } from '../../core/errors.js';

/** What tells one message from every other. */
export type Id = string | number | bigint;

/** How often each is there, in the order of the first time. */
export function tally(ids: Iterable<Id>): Map<Id, number> {
  const counts = new Map<Id, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** What is wrong with a list of ids: an empty list when nothing is. */
export function findIdMistakes(name: string, ids: unknown): readonly string[] {
  if (!Array.isArray(ids)) return [`${name} must be a list of ids; received ${quote(ids)}`];
  const bad = ids.findIndex((id) => !['string', 'number', 'bigint'].includes(typeof id) || Number.isNaN(id));
  if (bad < 0) return [];
  return [`${name} must hold texts and numbers; received ${quote(ids[bad])} at ${bad}`];
}
