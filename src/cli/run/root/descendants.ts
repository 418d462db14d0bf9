import process from 'node:process';
import { until } from '../../../core/until.js';
import { requireResult, systemCall } from '../../../native/system-call.js';
import { sendSigkill } from '../../../process/isolation/signal-group.js';
import { listDescendants } from '../../../process/proc/list-descendants.js';
import { hasEnded } from '../../../process/proc/processes.js';

/** include/uapi/linux/prctl.h */
const PR_SET_CHILD_SUBREAPER = 36;

/** Makes this process the parent of every orphan among what it starts, so that daemons stay among its descendants. */
export function adoptOrphans(): void {
  const result = systemCall('prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  requireResult(result, { syscall: 'prctl(PR_SET_CHILD_SUBREAPER)', action: 'adopt orphans' });
}

/**
 * Kills all that this process has started, and what that started, until there is none, for 5 s at most: what hangs in the
 * kernel ends when that lets go of it.
 *
 * @returns how many there were
 */
export async function killDescendants(): Promise<number> {
  const killed = new Set<number>();
  const killAll = () => {
    // What is dead and not yet fetched by its parent is left out.
    const pids = listDescendants(process.pid).filter((pid) => !hasEnded(pid));
    for (const pid of pids) {
      killed.add(pid);
      sendSigkill(pid);
    }
    return pids.length === 0;
  };
  await until(killAll, { intervalMs: 2, maxIntervalMs: 2 }).catch(() => undefined);
  return killed.size;
}
