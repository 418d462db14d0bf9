import { lstatSync, mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { FaasError, isErrno } from '../errors.ts';

const MAX_LINKS = 40;

/** The parts of a name in a layer. @throws FaasError INVALID_IMAGE for one that leads elsewhere */
export function splitName(name: string): readonly string[] {
  if (name.startsWith('/')) throw refuse(name, 'it is absolute');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse(name, 'it has .. in it');
  if (parts.some((part) => part.includes('\0'))) throw refuse(name, 'it has a NUL in it');
  return parts;
}

/**
 * Where a name of a layer is, in a root file system. Links on the way are followed as they will be by whoever has that
 * root: one to /run leads to its own /run. Folders on the way are made.
 *
 * @throws FaasError INVALID_IMAGE when a link leads above the root
 */
export function resolveInRoot(root: string, parts: readonly string[]): string {
  const name = parts.join('/');
  const ahead = parts.slice(0, -1);
  const done: string[] = [];
  let links = 0;
  while (ahead.length > 0) {
    const part = ahead.shift();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      if (done.pop() === undefined) throw refuse(name, 'a symbolic link on its way leads out of the root');
      continue;
    }
    const path = join(root, ...done, part);
    const target = readLink(path);
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw refuse(name, 'there are too many symbolic links on its way');
    if (target.startsWith('/')) done.length = 0;
    ahead.unshift(...target.split('/'));
  }
  return join(root, ...done, parts.at(-1) ?? '');
}

/** What is at a path itself, without following; `undefined` when nothing is. */
export function look(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The target of a link; `undefined` for a folder, which is made where nothing is. */
function readLink(path: string): string | undefined {
  const found = look(path);
  if (found === undefined) mkdirSync(path, 0o755);
  return found?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

export function refuse(name: string, why: string): FaasError {
  return new FaasError('INVALID_IMAGE', `A layer has the entry ${JSON.stringify(name)}, which is refused: ${why}`);
}
