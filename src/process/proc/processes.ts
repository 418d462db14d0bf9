import { listNames, readLink, readText } from './read-proc.js';

/** The processes that the kernel shows here, the zombies too. */
export function listPids(): readonly number[] {
  return listNames('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The children of a process that one of its threads has started, in their order. Empty when it has ended. @defaultValue the main thread's */
export function readChildren(pid: number, thread: number = pid): readonly number[] {
  const text = readText(`/proc/${pid}/task/${thread}/children`)?.trim() ?? '';
  return text === '' ? [] : text.split(' ').map(Number);
}

/** The name of a process, of at most 15 bytes; `undefined` when there is none. */
export function readName(pid: number): string | undefined {
  return readText(`/proc/${pid}/comm`)?.trim();
}

/** The command line of a process, word by word. None when it has ended, and of threads of the kernel. */
export function readWords(pid: number): readonly string[] {
  const text = readText(`/proc/${pid}/cmdline`)?.replace(/\0$/, '') ?? '';
  return text === '' ? [] : text.split('\0');
}

/** What a process does, as proc_pid_stat(5) has it: `R`, `S`, `T` when it is stopped…; `undefined` when there is none. */
export function readState(pid: number): string | undefined {
  return readStatFields(pid)?.[0];
}

/** Whether a process has ended, though nobody has asked how; a number that is nobody's has ended too. */
export function hasEnded(pid: number): boolean {
  return 'ZX'.includes(readState(pid) ?? 'X');
}

/** The process that is told how a process ended; 0 where that is outside of this pid namespace. */
export function readParent(pid: number): number | undefined {
  const parent = readStatFields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
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
  return readLink(`/proc/${pid}/ns/pid`);
}

/**
 * The numbers of a process: first that by which this process knows it, then one for each pid namespace further in, last
 * that by which it knows itself (fs/proc/array.c, task_state: `NSpid`). None when it has ended.
 */
export function readNumbers(pid: number): readonly number[] {
  const found = /^NSpid:(.*)$/m.exec(readText(`/proc/${pid}/status`) ?? '');
  return found?.[1] === undefined ? [] : found[1].trim().split(/\s+/).map(Number);
}

/** The inode of the network namespace of a process; `undefined` when it has ended or is another user's. */
export function readNetns(pid: number): number | undefined {
  const link = readLink(`/proc/${pid}/ns/net`);
  return link === undefined ? undefined : Number(/\d+/.exec(link)?.[0]);
}

/** The fields of proc_pid_stat(5) from the state on. The name before them, in parentheses, may hold anything. */
export function readStatFields(pid: number): readonly string[] | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
