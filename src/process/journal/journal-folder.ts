import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { GloveboxError } from '../../core/errors.js';
import { findRealUser } from '../proc/real-user.js';

/** Where journals are: below `XDG_RUNTIME_DIR`, where that is this user's, else in /tmp. Nothing is made. */
export function locateJournals(): string {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const uid = process.geteuid?.() ?? 0;
  // sudo may leave another user's there.
  if (runtime?.startsWith('/') === true && lookAt(runtime)?.uid === uid) return join(runtime, 'glovebox', 'journal');
  // Root of a user namespace may not write where root of the machine has made one.
  return `/tmp/glovebox-${findRealUser(uid)}/journal`;
}

/**
 * Makes a folder for journals, and what is above it, for this user alone.
 *
 * @throws GloveboxError `ERR_GLOVEBOX_JOURNAL` when it is there and another user may write to it: what its journals say could not be believed
 */
export function makeJournalFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkJournalFolder(folder);
}

/** @throws GloveboxError as {@link makeJournalFolder} */
export function checkJournalFolder(folder: string): void {
  for (const path of [join(folder, '..'), folder]) {
    const obstacle = findObstacle(lookAt(path));
    if (obstacle === undefined) continue;
    const message = `${path} ${obstacle}: what is written there could be another user's. Remove it, or set XDG_RUNTIME_DIR to a folder of this user's`;
    throw new GloveboxError('ERR_GLOVEBOX_JOURNAL', message);
  }
}

function findObstacle(stats: Stats | undefined): string | undefined {
  if (stats === undefined) return 'is not there';
  if (!stats.isDirectory()) return 'is no folder';
  if (stats.uid !== process.geteuid?.()) return `belongs to user ${stats.uid}`;
  return (stats.mode & 0o022) === 0 ? undefined : 'may be written by other users';
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
