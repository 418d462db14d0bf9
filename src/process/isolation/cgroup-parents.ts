import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findUnifiedMount, readUnifiedGroup } from '../proc/unified-cgroup.js';

/**
 * Groups of version 2 in which one can be made that this process may send others to: its own, and those above it, as far
 * as they are this user's.
 */
export function findUnifiedParents(): readonly string[] {
  const mount = findUnifiedMount();
  if (mount === undefined) return [];
  return listUpwards(readUnifiedGroup('self') ?? mount, mount).filter(isWritable);
}

/**
 * Groups in which one with the controller `pids` can be made: that of this process and those above it, of both versions.
 * In version 2 a group with processes hands no controllers down, so that it is one further up.
 */
export function findPidsParents(): readonly string[] {
  const own = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const path = own.find((each) => each.split(':')[1]?.split(',').includes('pids') === true);
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type, options = '']) => type === 'cgroup' && options.split(',').includes('pids'))?.[1];
  if (mount === undefined) return findUnifiedParents().filter(handsDownPids);
  return listUpwards(join(mount, path?.split(':').slice(2).join(':') ?? '/'), mount);
}

function listUpwards(path: string, top: string): readonly string[] {
  return path === top || path === `${top}/` || !path.startsWith(top)
    ? [top]
    : [path, ...listUpwards(dirname(path), top)];
}

/** Whoever sends a process from one group to another has to be allowed to in the one that both are in. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(join(path, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function handsDownPids(path: string): boolean {
  return readFileSync(join(path, 'cgroup.subtree_control'), 'utf8').split(/\s/).includes('pids');
}
