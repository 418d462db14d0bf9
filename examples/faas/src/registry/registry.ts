import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { FaasError, isErrno } from '../errors.ts';
import { call, check, EAGAIN } from '../system/libc.ts';

/** What is written about a handler. */
export interface RegisteredHandler {
  readonly address: string;
  readonly port: number;
  readonly image: string;
  readonly rootfs: string;
  readonly bundle: string;
}

export type RegisteredHandlers = Readonly<Record<string, RegisteredHandler>>;

const LOCK_EXCLUSIVE_NOW = 2 | 4;
const LOCK_TIMEOUT_MS = 10_000;

/** A file of handlers. Its writers may be many, of many processes; who reads it sees one whole state or another. */
export class Registry {
  readonly path: string;
  readonly #lockTimeoutMs: number;

  /** @param options - `lockTimeoutMs`: how long a writer waits for others. */
  constructor(path: string, { lockTimeoutMs = LOCK_TIMEOUT_MS }: { readonly lockTimeoutMs?: number } = {}) {
    this.path = path;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /** @throws FaasError INTERNAL when the file is not one of ours */
  read(): RegisteredHandlers {
    try {
      return JSON.parse(readFileSync(this.path, 'utf8'));
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return {};
      throw new FaasError('INTERNAL', `${this.path} cannot be read as a registry`, { cause: error });
    }
  }

  /** Changes it, one writer after the other. The kernel takes the lock of one that dies. @throws FaasError UNAVAILABLE */
  async update(change: (handlers: RegisteredHandlers) => RegisteredHandlers): Promise<RegisteredHandlers> {
    const lock = openSync(`${this.path}.lock`, 'a');
    try {
      const deadline = performance.now() + this.#lockTimeoutMs;
      for (;;) {
        const locked = call('flock', lock, LOCK_EXCLUSIVE_NOW);
        if (locked !== -EAGAIN) {
          check(locked, `lock ${this.path}`);
          break;
        }
        if (performance.now() > deadline)
          throw new FaasError('UNAVAILABLE', `${this.path} has been locked for ${this.#lockTimeoutMs} ms`);
        await delay(2);
      }
      const changed = change(this.read());
      const fresh = `${this.path}.${process.pid}`;
      writeFileSync(fresh, `${JSON.stringify(changed, undefined, 2)}\n`);
      renameSync(fresh, this.path);
      return changed;
    } finally {
      closeSync(lock);
    }
  }
}
