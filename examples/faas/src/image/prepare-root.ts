import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { look, refuse, resolveInRoot } from './paths.ts';

/** What the host puts into every root: folders, but for the program itself. */
export const MOUNT_POINTS: readonly string[] = [
  ...['proc', 'tmp', 'dev', 'lib', 'lib64', 'usr', 'usr/lib'],
  ...['faas', 'faas/app', 'faas/app/src', 'faas/app/package.json', 'faas/node', 'faas/node_modules'],
];

/** Makes the places that are mounted on. @throws FaasError INVALID_IMAGE where an image has something else there */
export function prepareRoot(root: string): void {
  for (const name of MOUNT_POINTS) {
    const path = join(root, name);
    const wantsFile = name === 'faas/node' || name === 'faas/app/package.json';
    // A link would make a mount elsewhere.
    const found = resolveInRoot(root, name.split('/')) === path ? look(path) : null;
    if (found === undefined) {
      if (wantsFile) closeSync(openSync(path, 'wx', 0o755));
      else mkdirSync(path, 0o755);
      // runc gives what it mounts there the mode of what it mounts on.
      if (name === 'tmp') chmodSync(path, 0o1777);
    } else if (found === null || (wantsFile ? !found.isFile() : !found.isDirectory())) {
      throw refuse(name, 'the host mounts there, and it is no folder of the image');
    }
  }
}
