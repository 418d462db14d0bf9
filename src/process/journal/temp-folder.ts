import { randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { GloveboxError, quote, UsageError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { Journal } from './journal.js';

/** Where a temporary folder is, and who keeps it. */
export interface TempFolderOptions {
  /** What its name begins with. @defaultValue 'glovebox-' */
  readonly prefix?: string;
  /** The folder that it is made in. @defaultValue that of the system */
  readonly in?: string;
  /** Who keeps it. @defaultValue a journal of its own */
  readonly journal?: Journal;
}

/** A folder that is gone, with all that is in it, when its owner is. */
export interface TempFolder extends Disposable {
  readonly path: string;
  /**
   * Removes it. Links in it are removed, what they lead to is not. Safe to call twice.
   *
   * @throws GloveboxError `ERR_GLOVEBOX_JOURNAL` when it cannot be removed
   */
  remove(): void;
}

/**
 * Makes a folder for this user alone, which is gone when it is disposed of, and within a second when this process is
 * killed.
 *
 * @throws UsageError; GloveboxError `ERR_GLOVEBOX_JOURNAL` when it cannot be made, or other users may write where journals are
 *
 * @example
 * ```ts
 * using folder = createTempFolder();
 * await writeFile(join(folder.path, 'relay.conf'), 'port = 0');
 * ```
 */
export function createTempFolder(options: TempFolderOptions = {}): TempFolder {
  const { prefix = 'glovebox-', in: parent = tmpdir(), journal: shared } = readOptions(options);
  const journal = shared ?? new Journal();
  try {
    const path = join(realpathSync(parent), `${prefix}${randomUUID()}`);
    const kept = journal.keep('folder', path, () => mkdirSync(path, { mode: 0o700 }));
    const remove = (): void => {
      const removal = kept.remove();
      if (removal.outcome === 'failed')
        throw new GloveboxError(
          'ERR_GLOVEBOX_JOURNAL',
          `${path} cannot be removed: ${removal.reason}. It stays written down; glovebox clean tries it again`,
        );
      if (shared === undefined) journal.close();
    };
    return { path, remove, [Symbol.dispose]: remove };
  } catch (error) {
    if (shared === undefined) journal.close();
    throw explainFolder(error, parent);
  }
}

/** A parent that is not there, full or read-only, in words. */
function explainFolder(error: unknown, parent: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const message = `No folder can be made in ${JSON.stringify(parent)}: ${errno}. Free some space, or take a folder that this user can write; TMPDIR names that of the system`;
  return new GloveboxError('ERR_GLOVEBOX_JOURNAL', message, { cause: error });
}

function readOptions(options: TempFolderOptions): TempFolderOptions {
  const subject = 'createTempFolder';
  checkOptions(subject, options);
  const { prefix = '', in: parent = '' } = options;
  const mistakes = [
    ...findUnknownOptions(options, ['prefix', 'in', 'journal']),
    ...(typeof prefix === 'string' && !/[/\0]/.test(prefix)
      ? []
      : [`prefix must be the beginning of a name, without a slash, not ${quote(prefix)}`]),
    ...(typeof parent === 'string' ? [] : [`in must be a path, not ${quote(parent)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return options;
}
