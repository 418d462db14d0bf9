import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isErrno } from '../../src/errors.ts';

/** proc(5): states and flags of sockets that listen. */
const [TCP_LISTENING, UNIX_LISTENING] = ['0A', '00010000'];

/** How many descriptors of each kind a process has: `socket`, `anon_inode:[eventpoll]`, a path. */
export function countDescriptors(pid: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const target of listDescriptors(pid)) {
    const kind = target.replace(/:\[\d+\]$/, '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What the descriptors of a process are: `socket:[4711]`. */
function listDescriptors(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => orNothing(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)]));
}

/**
 * The sockets of a process that neither listen nor are one of a pair, as those to a handler are. A connection that is
 * over is one until it has been closed here.
 */
export function countConnections(pid: number): number {
  const rows = (name: string) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1);
  const lasting = new Set<string | undefined>();
  for (const row of ['tcp', 'tcp6'].flatMap(rows)) {
    const [, , , state, , , , , , inode] = row.trim().split(/\s+/);
    if (state === TCP_LISTENING) lasting.add(inode);
  }
  for (const row of rows('unix')) {
    const [, , , flags, , , inode, path] = row.split(/\s+/);
    if (flags === UNIX_LISTENING || path === undefined) lasting.add(inode);
  }
  const sockets = listDescriptors(pid).flatMap((each) => /^socket:\[(\d+)\]$/.exec(each)?.[1] ?? []);
  return sockets.filter((inode) => !lasting.has(inode)).length;
}

/** The mounts of every namespace that these processes are in. */
export function countMounts(pids: readonly number[]): number {
  const namespaces = new Map(
    pids.flatMap((pid) => orNothing(() => [[readlinkSync(`/proc/${pid}/ns/mnt`), pid] as const])),
  );
  return [...namespaces.values()]
    .flatMap((pid) => orNothing(() => [readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n').length]))
    .reduce((sum, count) => sum + count, 0);
}

/** Processes and descriptors may end while they are looked at. */
function orNothing<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EINVAL')) return [];
    throw error;
  }
}
