import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import process from 'node:process';
import { giveBack } from '../native/owned-by-root.js';

/** Where glovebox keeps what it has downloaded: `$GLOVEBOX_CACHE`, `$XDG_CACHE_HOME/glovebox` or `~/.cache/glovebox`. Nothing is made. */
export function locateCache(): string {
  const { GLOVEBOX_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = process.env;
  if (own !== '') return isAbsolute(own) ? own : join(process.cwd(), own);
  // The XDG specification has relative paths passed over.
  return isAbsolute(shared) ? join(shared, 'glovebox') : join(homedir(), '.cache', 'glovebox');
}

/** Makes a folder, with its parents; what root makes of them is the user's who has the folder that was there. */
export function makeCacheFolder(folder: string): void {
  const made = mkdirSync(folder, { recursive: true });
  if (made !== undefined) leaveToOwner(made, dirname(made));
}

/**
 * Gives what is root's in a folder to the user who has the folder: root by `glovebox run --as root` has that user's cache,
 * and what it keeps there is for the user, too, to replace and remove. Nothing where that cannot be.
 *
 * @param whose - Another folder whose owner gets it.
 */
export function leaveToOwner(folder: string, whose = folder): void {
  if (process.geteuid?.() !== 0) return;
  try {
    const { uid, gid } = statSync(whose);
    if (uid !== 0) giveBack(folder, new Set(), { uid, gid });
  } catch {
    // A user of no number in this user namespace, or a file system that knows none: it stays root's, and is read.
  }
}
