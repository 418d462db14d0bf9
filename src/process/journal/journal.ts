import { randomUUID } from 'node:crypto';
import { closeSync, lstatSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DisposedError, quote, UsageError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { examineFile, type FileIdentity, type JournalKind } from './identity.js';
import { locateJournals, makeJournalFolder } from './journal-folder.js';
import type { JournalEntry, JournalLine } from './journal-lines.js';
import { readOwner } from './owner.js';
import { type Removal, removeKept } from './remove-kept.js';
import { startHeir } from './start-heir.js';
import { sweepJournals } from './sweep-journals.js';

/** How a journal is kept. */
export interface JournalOptions {
  /** The folder of journals. @defaultValue `glovebox/journal` below `XDG_RUNTIME_DIR`, else `/tmp/glovebox-<uid>/journal` */
  readonly folder?: string;
}

/** Something that a journal keeps. */
export interface Kept extends Disposable {
  readonly kind: JournalKind;
  readonly path: string;
  /** Removes it, if it is still what was made. Safe to call twice. */
  remove(): Removal;
}

interface OpenJournal {
  readonly path: string;
  readonly fd: number;
  readonly release: () => void;
}

/**
 * Keeps what the kernel does not take back when a process ends: temporary folders, the files of sockets, control groups.
 * Each is written down before it is made. When this process is killed, a helper removes them at once; what a crash of
 * the machine leaves is removed by the next journal, or by `glovebox clean`.
 *
 * Nothing is touched before there is something to keep.
 */
export class Journal implements Disposable {
  readonly #folder: string;
  readonly #kept = new Map<number, Kept>();
  #open: OpenJournal | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor({ folder }: JournalOptions = {}) {
    this.#folder = resolve(folder ?? locateJournals());
  }

  /** The file that it is in, once there is something to keep. */
  get path(): string | undefined {
    return this.#open?.path;
  }

  /**
   * Makes something, by a synchronous function, and keeps it.
   *
   * @throws UsageError when there is something at that path @throws GloveboxError `ERR_GLOVEBOX_JOURNAL` when others may
   * write to the folder of journals; whatever the function throws
   */
  keep(kind: JournalKind, path: string, make: () => void): Kept {
    if (this.#isClosed) throw new DisposedError('journal', 'keep()');
    if (!path.startsWith('/')) throw new UsageError('Journal.keep', `path must be absolute, not ${quote(path)}`);
    if (exists(path))
      throw new UsageError('Journal.keep', `${path} is there already: what was not made here is not kept`);
    this.#lastId += 1;
    const id = this.#lastId;
    const atMs = Date.now();
    this.#write({ id, begin: kind, path, atMs });
    try {
      make();
    } catch (error) {
      this.#write({ id, gone: true });
      throw error;
    }
    const answer = examineFile(kind, path);
    const identity = answer.is === 'there' ? answer.identity : undefined;
    if (identity !== undefined) this.#write({ id, made: identity });
    const kept = this.#toKept(id, { kind, path, atMs, identity });
    this.#kept.set(id, kept);
    return kept;
  }

  #toKept(id: number, entry: JournalEntry & { readonly identity: FileIdentity | undefined }): Kept {
    const remove = (): Removal => {
      if (!this.#kept.has(id)) return { outcome: 'absent' };
      const removal = removeKept(entry);
      if (removal.outcome === 'failed') return removal;
      this.#kept.delete(id);
      this.#write({ id, gone: true });
      return removal;
    };
    return { kind: entry.kind, path: entry.path, remove, [Symbol.dispose]: () => void remove() };
  }

  #write(line: JournalLine): void {
    this.#open ??= this.#begin();
    writeSync(this.#open.fd, `${JSON.stringify(line)}\n`);
  }

  #begin(): OpenJournal {
    makeJournalFolder(this.#folder);
    sweepJournals({ folder: this.#folder });
    const owner = readOwner();
    const path = join(this.#folder, `${owner.pid}-${owner.startTime}-${randomUUID().slice(0, 8)}.jsonl`);
    // Before there is a file: were this process killed in between, nobody would remove it.
    const release = startHeir({ name: 'glovebox-sweeper', entry: 'process/journal/sweeper', args: [path] });
    try {
      const fd = openSync(path, 'ax', 0o600);
      writeSync(fd, `${JSON.stringify({ journal: 1, owner } satisfies JournalLine)}\n`);
      return { path, fd, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Removes what it keeps, the last first. What cannot be removed stays written down, for `glovebox clean`. Safe to call
   * twice.
   */
  close(): readonly { readonly path: string; readonly reason: string }[] {
    if (this.#isClosed) return [];
    this.#isClosed = true;
    const failures = [...this.#kept.values()].toReversed().flatMap((kept) => {
      const removal = kept.remove();
      return removal.outcome === 'failed' ? [{ path: kept.path, reason: removal.reason }] : [];
    });
    if (this.#open === undefined) return failures;
    const { fd, path, release } = this.#open;
    closeSync(fd);
    if (failures.length === 0) unlinkSync(path);
    release();
    return failures;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
