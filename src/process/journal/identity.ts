import { type BigIntStats, lstatSync, statfsSync } from 'node:fs';
import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';

/** What a journal keeps. */
export const JOURNAL_KINDS = ['folder', 'socket', 'cgroup'] as const;
/** A folder with what is in it, the file of a Unix socket, a control group. */
export type JournalKind = (typeof JOURNAL_KINDS)[number];

/** What tells a file from another one that has its path. */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
  /** In nanoseconds since 1970; 0 where the file system does not keep it. Numbers of inodes are used again. */
  readonly bornNs: string;
}

/** What is at a path: nothing, something else than is meant, or what is meant, by its identity. */
export type FileAnswer =
  | { readonly is: 'absent' }
  | { readonly is: 'other'; readonly reason: string }
  | { readonly is: 'there'; readonly identity: FileIdentity };

/** include/uapi/linux/magic.h */
const CGROUP_MAGICS = [0x27e0eb, 0x63677270];

/** Looks at a path, without following a symbolic link that is there. */
export function examineFile(kind: JournalKind, path: string): FileAnswer {
  let stats: BigIntStats;
  let isCgroup: boolean;
  try {
    stats = lstatSync(path, { bigint: true });
    // Another sweeper may remove it between one look and the next.
    isCgroup = stats.isDirectory() && CGROUP_MAGICS.includes(statfsSync(path).type);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return { is: 'absent' };
    return { is: 'other', reason: `it cannot be looked at: ${errnoOf(error) ?? String(error)}` };
  }
  const isRight = kind === 'socket' ? stats.isSocket() : stats.isDirectory();
  if (!isRight) return { is: 'other', reason: `it is ${describeType(stats)} now, and not a ${kind}` };
  if (isCgroup !== (kind === 'cgroup'))
    return { is: 'other', reason: isCgroup ? 'it is a control group now' : 'it is no control group' };
  if (kind !== 'cgroup' && stats.uid !== BigInt(process.geteuid?.() ?? -1))
    return { is: 'other', reason: `it belongs to user ${stats.uid}` };
  return { is: 'there', identity: toIdentity(stats) };
}

/** The identity of a file. */
export function toIdentity(stats: BigIntStats): FileIdentity {
  return { device: String(stats.dev), inode: String(stats.ino), bornNs: String(stats.birthtimeNs) };
}

/** Whether two identities are one file's. */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.device === other.device && one.inode === other.inode && one.bornNs === other.bornNs;
}

function describeType(stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFile() ? 'a file' : 'something else';
}
