import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';
import { listDescendants } from '../proc/list-descendants.js';

/**
 * Sends a signal to the group that a process leads, and to all that descends from it, in whichever group it is. What has
 * ended meanwhile is no mistake.
 *
 * @throws EPERM, when all others have been sent it
 */
export function signalTree(leader: number, signal: NodeJS.Signals): void {
  const failures: unknown[] = [];
  for (const target of [...listDescendants(leader), -leader]) {
    try {
      process.kill(target, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
