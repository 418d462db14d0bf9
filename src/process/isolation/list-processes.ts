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

/** What a process does, as proc_pid_stat(5) has it: `R`, `S`, `T` when it is stopped…; `undefined` when there is none. */
export function readState(pid: number): string | undefined {
  return readStatFields(pid)?.[0];
}

/** Whether a process has ended, though nobody has asked how; a number that is nobody's has ended too. */
export function hasEnded(pid: number): boolean {
  return 'ZX'.includes(readState(pid) ?? 'X');
}

/** The process group of a process. */
export function readGroup(pid: number): number | undefined {
  const group = readStatFields(pid)?.[2];
  return group === undefined ? undefined : Number(group);
}

/**
 * When a process was started, in clock ticks since the machine was; with its number it is told from all others.
 * `undefined` when there is none, or it has ended and waits to be asked how.
 */
export function readStartTime(pid: number): number | undefined {
  const fields = readStatFields(pid);
  return fields === undefined || 'ZX'.includes(fields[0] ?? 'X') ? undefined : Number(fields[19]);
}

/** What identifies the pid namespace of a process; `undefined` when it has ended or is another user's. */
export function readPidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** The fields of proc_pid_stat(5) from the state on. The name before them, in parentheses, may hold anything. */
export function readStatFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
