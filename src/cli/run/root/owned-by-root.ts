import { closeSync, constants, lchownSync, lstatSync, openSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The files of root in a folder, by what tells one file from another. */
export function listOwnedByRoot(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  walk(folder, (_path, stats) => {
    if (stats.uid === 0) found.add(identify(stats));
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
  walk(folder, (path, stats, shown) => {
    if (stats.uid !== 0 || before.has(identify(stats))) return;
    if (stats.nlink > 1 && !stats.isDirectory()) kept.push(shown);
    else lchownSync(path, uid, gid);
  });
  return kept;
}

function identify({ dev, ino, birthtimeMs }: Stats): string {
  return `${dev}:${ino}:${birthtimeMs}`;
}

type Visit = (path: string, stats: Stats, shown: string) => void;

/** Within one file system; what goes away meanwhile is passed over. */
function walk(folder: string, visit: Visit): void {
  const stats = attempt(() => lstatSync(folder));
  if (stats?.isDirectory() !== true) return;
  visit(folder, stats, folder);
  walkEntries(folder, folder, stats.dev, visit);
}

function walkEntries(path: string, shown: string, device: number, visit: Visit): void {
  const fd = attempt(() => openSync(path, FOLDER));
  if (fd === undefined) return;
  try {
    const held = `/proc/self/fd/${fd}`;
    for (const name of attempt(() => readdirSync(held)) ?? []) {
      const entry = join(held, name);
      const stats = attempt(() => lstatSync(entry));
      if (stats === undefined || stats.dev !== device) continue;
      attempt(() => visit(entry, stats, join(shown, name)));
      if (stats.isDirectory()) walkEntries(entry, join(shown, name), device, visit);
    }
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}
