import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BusError } from '../errors.ts';

/** Of SQLite: another connection has it. */
const SQLITE_BUSY = 5;

/**
 * Keeps a directory from a second broker. It is a lock of the kernel's, which SQLite takes where Node has no way to: it ends
 * with the process, however that ends, and holds for processes that see the directory from other namespaces, too.
 */
export class StoreLock {
  readonly #database: DatabaseSync;

  /** @throws BusError `ALREADY_RUNNING` when another has it, and `UNAVAILABLE` when it cannot be had */
  constructor(directory: string) {
    try {
      this.#database = new DatabaseSync(join(directory, 'lock'));
    } catch (cause) {
      throw unavailable(directory, cause);
    }
    try {
      // Nothing is ever written: no journal is left of a broker that is killed.
      this.#database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    } catch (cause) {
      this.#database.close();
      if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY))
        throw unavailable(directory, cause);
      const message = `Another broker has the store ${directory}; stop it, or choose another directory`;
      throw new BusError('ALREADY_RUNNING', message, { cause });
    }
  }

  /** Safe to call twice. */
  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function unavailable(directory: string, cause: unknown): BusError {
  return new BusError('UNAVAILABLE', `The store ${directory} cannot be locked: ${String(cause)}`, { cause });
}
