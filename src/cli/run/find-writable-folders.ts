import { realpathSync, statSync } from 'node:fs';
import { quote, UsageError } from '../../core/errors.js';

/**
 * The whole paths of the folders that a command may change.
 *
 * @throws UsageError for what is no folder, or the whole machine
 */
export function findWritableFolders(names: readonly string[]): readonly string[] {
  const problems: string[] = [];
  const folders = names.flatMap((name) => {
    if (statSync(name, { throwIfNoEntry: false })?.isDirectory() !== true) {
      problems.push(`--writable takes folders, and ${quote(name)} is none: make it first`);
      return [];
    }
    const path = realpathSync(name);
    if (path === '/') problems.push('--writable takes folders below /: the whole machine is not for a guest to change');
    return [path];
  });
  if (problems.length > 0) throw new UsageError('glovebox run', problems);
  return [...new Set(folders)];
}
