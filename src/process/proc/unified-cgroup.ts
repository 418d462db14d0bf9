import { join } from 'node:path';
import { isWithin } from '../../core/is-within.js';
import { readState } from './processes.js';
import { readMountField } from './read-mount-field.js';
import { readText } from './read-proc.js';

/** Where control groups of version 2 are; `undefined` where they are not mounted. @param mounts - In the format of fstab(5). */
export function findUnifiedMount(mounts: string = readText('/proc/self/mounts') ?? ''): string | undefined {
  const line = mounts.split('\n').find((each) => each.split(' ')[2] === 'cgroup2');
  return line === undefined ? undefined : readMountField(line, 1);
}

/**
 * The folder of the control group, of version 2, that a process is in: cgroups(7). `undefined` when it has ended, or is
 * where this process sees no groups.
 */
export function readUnifiedGroup(pid: number | 'self'): string | undefined {
  const mount = findUnifiedMount();
  const path = /^0::(.*)$/m.exec(readText(`/proc/${pid}/cgroup`) ?? '')?.[1];
  if (mount === undefined || path === undefined) return undefined;
  const folder = join(mount, path).replace(/\/$/, '');
  return isWithin(folder, mount) ? folder : undefined;
}

/**
 * What a process does, as `readState` tells it; and `T`, too, of one in a control group that is frozen, which
 * proc_pid_stat(5) says nothing of.
 */
export function readActivity(pid: number): string | undefined {
  const state = readState(pid);
  if (state === undefined || 'ZXTt'.includes(state)) return state;
  const group = readUnifiedGroup(pid);
  return group !== undefined && isFrozen(group) ? 'T' : state;
}

/** Whether everything in a control group of version 2 has stopped. */
export function isFrozen(group: string): boolean {
  return /^frozen 1$/m.test(readText(`${group}/cgroup.events`) ?? '');
}
