import { statSync } from 'node:fs';
import { isAbsolute, posix } from 'node:path';
import { quote } from '../../core/errors.js';

/** A folder of this machine that a guest sees. */
export interface FolderShare {
  /** The folder, by its whole path. File systems that are mounted within it are not seen. */
  readonly host: string;
  /** Where the guest has it. @defaultValue the same path */
  readonly guest?: string;
  /** What of it the guest may change: nothing, all, or the folders within it that are named. @defaultValue false */
  readonly writable?: boolean | readonly string[];
}

/** What is wrong with shares, each as a sentence. */
export function findShareMistakes(shares: unknown): readonly string[] {
  if (shares === undefined) return [];
  if (!Array.isArray(shares))
    return [`share must be an array of { host, guest?, writable? }; received ${quote(shares)}`];
  return shares.flatMap((share: unknown, index) => {
    const name = `share[${index}]`;
    if (typeof share !== 'object' || share === null)
      return [`${name} must be { host, guest?, writable? }; received ${quote(share)}`];
    const { host, guest, writable }: { host?: unknown; guest?: unknown; writable?: unknown } = share;
    const isWritable = writable === undefined || typeof writable === 'boolean' || Array.isArray(writable);
    return [
      ...findFolderMistakes(`${name}.host`, host),
      ...(guest === undefined || (isPath(guest) && guest !== '/')
        ? []
        : [`${name}.guest must be an absolute path below /; received ${quote(guest)}`]),
      ...(isWritable
        ? []
        : [`${name}.writable must be true, false or an array of folders; received ${quote(writable)}`]),
      ...(Array.isArray(writable) ? writable.flatMap((each: unknown) => findInnerMistakes(name, host, each)) : []),
    ];
  });
}

function findInnerMistakes(name: string, host: unknown, folder: unknown): readonly string[] {
  const mistakes = findFolderMistakes(`${name}.writable`, folder);
  if (mistakes.length > 0 || typeof host !== 'string' || typeof folder !== 'string') return mistakes;
  return folder.startsWith(host.endsWith('/') ? host : `${host}/`)
    ? []
    : [`${name}.writable has ${quote(folder)}, which is not within ${quote(host)}`];
}

function findFolderMistakes(name: string, path: unknown): readonly string[] {
  if (!isPath(path))
    return [`${name} must be the absolute path of a folder, without a line end; received ${quote(path)}`];
  try {
    return statSync(path).isDirectory() ? [] : [`${name} must be a folder: ${quote(path)} is none`];
  } catch {
    return [`${name} is not there: ${quote(path)}`];
  }
}

function isPath(path: unknown): path is string {
  return typeof path === 'string' && isAbsolute(path) && posix.normalize(path) === path && !/[\0\n]/.test(path);
}
