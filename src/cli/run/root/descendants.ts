import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { requireResult, systemCall } from '../../../native/system-call.js';

/** include/uapi/linux/prctl.h */
const PR_SET_CHILD_SUBREAPER = 36;
const POLL_MS = 2;
const DEADLINE_MS = 5000;

/** Makes this process the parent of every orphan among what it starts, so that daemons stay among its descendants. */
export function adoptOrphans(): void {
  const result = systemCall('prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  requireResult(result, { syscall: 'prctl(PR_SET_CHILD_SUBREAPER)', action: 'adopt orphans' });
}

/** Kills all that this process has started, and what that started, until there is none. @returns how many there were */
export async function killDescendants(): Promise<number> {
  const killed = new Set<number>();
  for (let waitedMs = 0; waitedMs < DEADLINE_MS; waitedMs += POLL_MS) {
    const pids = listDescendants(process.pid);
    if (pids.length === 0) break;
    for (const pid of pids) {
      killed.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    await wait(POLL_MS);
  }
  return killed.size;
}

/** Those that live; what is dead and not yet fetched by its parent is left out. */
function listDescendants(root: number): readonly number[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [state, parent] = readStat(name);
      return state === undefined ? [] : [{ pid: Number(name), parent: Number(parent), isDead: /[ZX]/.test(state) }];
    });
  const family = new Set([root]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  return processes.filter(({ pid, isDead }) => pid !== root && !isDead && family.has(pid)).map(({ pid }) => pid);
}

/** State and parent, behind the name, which may have anything in it. */
function readStat(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
