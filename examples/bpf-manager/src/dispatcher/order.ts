/** What decides on the place of a program behind a dispatcher. */
export interface Ranked {
  readonly priority: number;
  /** Whether it is being attached now. */
  readonly isNew: boolean;
  readonly name: string;
  readonly linkId: number;
}

/** Lower priorities first; of equal ones the one that comes now before those that are there, then by name. */
export function compareRank(a: Ranked, b: Ranked): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.isNew !== b.isNew) return a.isNew ? -1 : 1;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.linkId - b.linkId;
}
