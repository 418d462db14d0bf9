import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';
import { listPids, readParent } from '../proc/processes.js';

/**
 * Sends a signal to the group that a process leads, and to all that descends from it, in whichever group it is. What has
 * ended meanwhile is no mistake.
 *
 * @throws EPERM, when all others have been sent it
 */
export function signalTree(leader: number, signal: NodeJS.Signals): void {
  const failures: unknown[] = [];
  for (const target of [...findDescendants(leader), -leader]) {
    try {
      process.kill(target, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function findDescendants(ancestor: number): readonly number[] {
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
