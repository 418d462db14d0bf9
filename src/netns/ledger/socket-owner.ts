import process from 'node:process';
import { readSocketInodes } from '../../process/proc/descriptors.js';
import { listPids, readName } from '../../process/proc/processes.js';
import { readActivity } from '../../process/proc/unified-cgroup.js';

/** States of a process that explain why it reads nothing: fs/proc/array.c, task_state_array. */
const STATES: Readonly<Record<string, string>> = {
  T: ', which is stopped,',
  t: ', which a debugger has stopped,',
  Z: ', which is dead,',
  D: ', which waits for a disk,',
};

/** Who has a socket: `process 42 (relay), which is stopped,`; by looking through /proc. */
export function describeOwner(inode: number): string {
  const pid = listPids().find((each) => readSocketInodes(each).includes(inode));
  if (pid === undefined) return 'its process';
  if (pid === process.pid) return `process ${pid} (this one)`;
  return `process ${pid} (${readName(pid) ?? '?'})${STATES[readActivity(pid) ?? ''] ?? ''}`;
}
