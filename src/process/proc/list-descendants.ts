import { listPids, readParent } from './processes.js';

/** All that a process has started, and what that has: those that are dead and not yet fetched by their parents, too. */
export function listDescendants(ancestor: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const pid of listPids()) {
    const parent = readParent(pid) ?? 0;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (let next = children.get(ancestor) ?? []; next.length > 0; next = next.flatMap((pid) => children.get(pid) ?? []))
    found.push(...next);
  return found;
}
