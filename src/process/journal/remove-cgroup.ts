import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/kernel-error.js';
import { openPidfd, sendSignal } from '../../native/pidfd.js';

/**
 * Kills everything in a control group, and removes it with the groups that were made in it: whoever is in there was
 * started for it.
 *
 * @throws EBUSY while one of them has not ended yet
 */
export function removeCgroup(path: string): void {
  killCgroup(path);
  for (const inner of listInner(path)) removeCgroup(inner);
  rmdirSync(path);
}

/**
 * Kills everything in a control group: in version 2 since 5.14 at once, whatever is being started meanwhile (cgroup.kill,
 * kernel/cgroup/cgroup.c, cgroup_kill); else one after the other, of which some may escape. What is not there is no mistake.
 */
export function killCgroup(path: string): void {
  try {
    if (existsSync(join(path, 'cgroup.kill'))) {
      writeFileSync(join(path, 'cgroup.kill'), '1');
      return;
    }
  } catch (error) {
    if (isGone(error)) return;
    throw error;
  }
  for (const pid of listCgroupPids(path)) {
    try {
      using pidfd = openPidfd(pid);
      sendSignal(pidfd.number, 'SIGKILL');
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** A control group and those that were made in it; none when it is gone. */
export function listCgroups(path: string): readonly string[] {
  try {
    return [path, ...listInner(path).flatMap(listCgroups)];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The processes in a control group and in those that were made in it; none when it is gone. */
export function listCgroupPids(path: string): readonly number[] {
  try {
    const own = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    return [...own, ...listInner(path).flatMap(listCgroupPids)];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function listInner(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(path, name));
}

/** A group that is removed while one of its files is read: ENODEV. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV', 'ESRCH'].includes(errnoOf(error) ?? '');
}
