import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';

/** States of a process that explain why it reads nothing: fs/proc/array.c, task_state_array. */
const STATES: Readonly<Record<string, string>> = {
  T: ', which is stopped,',
  t: ', which a debugger has stopped,',
  Z: ', which is dead,',
  D: ', which waits for a disk,',
};

/** Who has a socket: `process 42 (relay), which is stopped,`; by looking through /proc. */
export function describeOwner(inode: number): string {
  const wanted = `socket:[${inode}]`;
  for (const pid of listNames('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const holds = listNames(`/proc/${pid}/fd`).some((fd) => readLink(`/proc/${pid}/fd/${fd}`) === wanted);
    if (!holds) continue;
    if (pid === String(process.pid)) return `process ${pid} (this one)`;
    // The name may have blanks and brackets in it.
    const [, name = '?', state = ''] = /^\d+ \((.*)\) (\w)/s.exec(readText(`/proc/${pid}/stat`)) ?? [];
    return `process ${pid} (${name})${STATES[state] ?? ''}`;
  }
  return 'its process';
}

function listNames(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    // It has ended, or is somebody else's.
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
