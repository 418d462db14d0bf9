import { errnoOf } from '../../core/kernel-error.js';
import { type ResourceLimit, readDescriptorLimit, setDescriptorLimit } from '../../native/resource-limit.js';
import { listNames } from '../proc/read-proc.js';

/** What has descriptors: a program with all that it has started. */
export interface DescriptorUser {
  pids(): readonly number[];
}

/**
 * Leaves each process of a program room for so many more descriptors, in effect when this returns: one more is refused
 * with EMFILE. What is open stays open, and what is closed makes room. Processes that are started later inherit it.
 *
 * @returns gives them their limits back; those of processes that have ended meanwhile are nobody's
 * @throws KernelError EPERM for processes of another user
 */
export function limitDescriptors(program: DescriptorUser, spare: number): () => void {
  const before = new Map<number, ResourceLimit>();
  const restore = (): void => {
    const [usual] = before.values();
    for (const pid of program.pids()) {
      const limit = before.get(pid) ?? usual;
      if (limit !== undefined) ifThere(() => setDescriptorLimit(pid, limit));
    }
  };
  try {
    for (const pid of program.pids()) {
      ifThere(() => {
        const limit = readDescriptorLimit(pid);
        before.set(pid, limit);
        const most = BigInt(findRoom(pid, spare));
        setDescriptorLimit(pid, { soft: most < limit.soft ? most : limit.soft, hard: limit.hard });
      });
    }
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

/** The limit is one of numbers, and the lowest that is free is given first. */
function findRoom(pid: number, spare: number): number {
  const open = new Set(listNames(`/proc/${pid}/fd`).map(Number));
  let most = 0;
  for (let free = 0; free < spare || open.has(most); most += 1) if (!open.has(most)) free += 1;
  return most;
}

/** What has ended needs no limit. */
function ifThere(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
