import { accessSync, closeSync, constants, lchownSync, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../core/kernel-error.js';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The files of root in a folder, by what tells one file from another, and the folders that this user may not look into. */
export function listOwnedByRoot(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  const note = (stats: Stats): void => {
    if (stats.uid === 0) found.add(identify(stats));
  };
  walk(folder, {
    visit: (_path, stats) => note(stats),
    isOpen: (path, stats) => {
      const isOpen = mayLookInto(path);
      if (!isOpen) found.add(closed(stats));
      return isOpen;
    },
  });
  return found;
}

/**
 * Gives a user the files of root in a folder but those that were root's before. No link is followed, and no folder can be
 * put in the place of another meanwhile: each is held open, and its entries are reached through it.
 *
 * @returns the files that stay root's: they have a second name, so they may be files from elsewhere
 */
export function giveBack(
  folder: string,
  before: ReadonlySet<string>,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): readonly string[] {
  const kept: string[] = [];
  walk(folder, {
    visit: (path, stats, shown) => {
      if (stats.uid !== 0 || before.has(identify(stats))) return;
      if (stats.nlink > 1 && !stats.isDirectory()) kept.push(shown);
      else lchownSync(path, uid, gid);
    },
    // What was in there is not known.
    isOpen: (_path, stats) => !before.has(closed(stats)),
  });
  return kept;
}

function closed(stats: Stats): string {
  return `closed ${identify(stats)}`;
}

function mayLookInto(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function identify({ dev, ino, birthtimeMs }: Stats): string {
  return `${dev}:${ino}:${birthtimeMs}`;
}

interface Visitor {
  visit(path: string, stats: Stats, shown: string): void;
  /** Whether a folder is entered. */
  isOpen(path: string, stats: Stats): boolean;
}

/** Within one file system; what goes away meanwhile is passed over. */
function walk(folder: string, visitor: Visitor): void {
  const stats = attempt(() => lstatSync(folder));
  if (stats?.isDirectory() !== true) return;
  visitor.visit(folder, stats, folder);
  if (visitor.isOpen(folder, stats)) walkEntries(folder, folder, stats.dev, visitor);
}

function walkEntries(path: string, shown: string, device: number, visitor: Visitor): void {
  const fd = attempt(() => openSync(path, FOLDER));
  if (fd === undefined) return;
  try {
    const held = `/proc/self/fd/${fd}`;
    for (const name of attempt(() => readdirSync(held)) ?? []) {
      const entry = join(held, name);
      const stats = attempt(() => lstatSync(entry));
      if (stats === undefined || stats.dev !== device) continue;
      attempt(() => visitor.visit(entry, stats, join(shown, name)));
      if (stats.isDirectory() && visitor.isOpen(entry, stats)) walkEntries(entry, join(shown, name), device, visitor);
    }
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ELOOP') return undefined;
    throw error;
  }
}
