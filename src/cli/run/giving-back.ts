import process from 'node:process';
import { giveBack, listOwnedByRoot } from '../../native/owned-by-root.js';
import { findCaller } from './become-user.js';

/** What {@link giveBackAll} is asked for, as plain data: a container may do it. */
export interface GiveBackRequest {
  readonly folders: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** Files that were root's before. */
  readonly before: readonly string[];
}

/** Gives files back where this process may not. @returns the files that stay root's */
export type GiveBack = (request: GiveBackRequest) => Promise<readonly string[]>;

/**
 * Notes what root has in some folders, as root is what a command elsewhere is, and gives the user all else that is root's
 * there once the command has ended.
 *
 * @param whose - The folder whose owner gets them, if root works for nobody by sudo.
 */
export async function givingBack<T>(
  {
    folders,
    whose,
    byOthers,
  }: { readonly folders: readonly string[]; readonly whose: string; readonly byOthers?: GiveBack },
  run: () => Promise<T>,
): Promise<T> {
  const owner = findOwner(whose);
  if (owner === undefined || folders.length === 0) return run();
  const before = new Set(folders.flatMap((folder) => [...listOwnedByRoot(folder)]));
  try {
    return await run();
  } finally {
    const isNothingNew = folders.every((folder) => [...listOwnedByRoot(folder)].every((each) => before.has(each)));
    if (!isNothingNew) {
      const request = { folders, ...owner, before: [...before] };
      const kept = process.geteuid?.() === 0 ? giveBackAll(request) : ((await byOthers?.(request)) ?? []);
      for (const path of kept)
        console.error(`glovebox run: ${path} stays root's, as it has a second name: chown it by hand`);
    }
  }
}

/** @returns the files that stay root's */
export function giveBackAll({ folders, before, ...owner }: GiveBackRequest): readonly string[] {
  const old = new Set(before);
  return folders.flatMap((folder) => giveBack(folder, old, owner));
}

function findOwner(folder: string): { readonly uid: number; readonly gid: number } | undefined {
  const [uid = 0, gid = 0] = [process.geteuid?.(), process.getegid?.()];
  return uid === 0 ? findCaller(folder) : { uid, gid };
}
