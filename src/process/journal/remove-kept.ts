import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../../core/kernel-error.js';
import { messageOf } from '../../core/message-of.js';
import { examineFile, isSameFile, toIdentity } from './identity.js';
import type { JournalEntry } from './journal-lines.js';
import { removeCgroup } from './remove-cgroup.js';

/** What became of something that was to be removed. */
export type Removal =
  | { readonly outcome: 'removed' }
  | { readonly outcome: 'absent' }
  /** It is not what the journal owns. */
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly reason: string };

/** The kernel tells the time of a file by a clock that is up to a tick late. */
const CLOCK_SLACK_MS = 20;
/** The number of an open folder is a way to it that nobody can turn elsewhere. */
const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Removes what a journal owns, if it is still that: never what another put in its place, nor what a link leads to. */
export function removeKept(entry: JournalEntry, { dryRun = false }: { readonly dryRun?: boolean } = {}): Removal {
  const { kind, path, identity, atMs } = entry;
  const answer = examineFile(kind, path);
  if (answer.is === 'absent') return { outcome: 'absent' };
  if (answer.is === 'other') return { outcome: 'refused', reason: answer.reason };
  if (identity !== undefined && !isSameFile(identity, answer.identity))
    return { outcome: 'refused', reason: 'it is another one than was made' };
  const bornMs = Number(BigInt(answer.identity.bornNs) / 1_000_000n);
  if (identity === undefined && bornMs !== 0 && bornMs < atMs - CLOCK_SLACK_MS)
    return { outcome: 'refused', reason: 'it is older than the journal' };
  if (dryRun) return { outcome: 'removed' };
  try {
    if (kind === 'socket') unlinkSync(path);
    else if (kind === 'cgroup') removeCgroup(path);
    else {
      // What was not written down yet has nothing in it.
      if (identity !== undefined) emptyFolder(path, identity.device, identity.inode);
      rmdirSync(path);
    }
    return { outcome: 'removed' };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { outcome: 'absent' };
    return { outcome: 'failed', reason: messageOf(error) };
  }
}

/** Through descriptors: a folder that is swapped for a link meanwhile leads nowhere. */
function emptyFolder(path: string, device: string, inode: string): void {
  const fd = openSync(path, FOLDER_FLAGS);
  try {
    const found = toIdentity(fstatSync(fd, { bigint: true }));
    if (found.device !== device || found.inode !== inode)
      throw Object.assign(
        new Error(`${path} is another folder than was made, or another file system is mounted there`),
        { code: 'EXDEV' },
      );
    const self = `/proc/self/fd/${fd}`;
    for (const name of readdirSync(self)) {
      const child = `${self}/${name}`;
      try {
        const stats = lstatSync(child, { bigint: true });
        if (stats.isDirectory()) {
          emptyFolder(child, device, String(stats.ino));
          rmdirSync(child);
        } else unlinkSync(child);
      } catch (error) {
        // Another sweeper was faster: were both to give up at that, what is left would be nobody's.
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    }
  } finally {
    closeSync(fd);
  }
}
