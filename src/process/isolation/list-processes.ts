import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The processes that the kernel shows here, the zombies too. */
export function listPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The children of a process that its main thread has started, in their order. Empty when it has ended. */
export function readChildren(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

/** Whether a process has ended, though nobody has asked how; a number that is nobody's has ended too. */
export function hasEnded(pid: number): boolean {
  try {
    // The name, in parentheses, may hold anything: proc_pid_stat(5).
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return 'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return true;
  }
}

/** What identifies the pid namespace of a process; `undefined` when it has ended or is another user's. */
export function readPidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
