import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FaasError, messageOf } from '../errors.ts';
import { readTar } from './tar.ts';

const MAX_LINKS = 8;

/**
 * The files of an image archive. They are put aside under numbers, so that no name in an archive is ever a path here;
 * closing it removes them.
 */
export class Archive implements Disposable {
  readonly path: string;
  readonly #folder: string;
  readonly #files = new Map<string, string>();
  readonly #links = new Map<string, string>();

  private constructor(path: string) {
    this.path = path;
    this.#folder = mkdtempSync(join(tmpdir(), 'faas-archive-'));
  }

  /** @throws FaasError INVALID_IMAGE for what is no archive of tar */
  static async read(path: string): Promise<Archive> {
    const archive = new Archive(path);
    try {
      for await (const { header, content } of readTar(createReadStream(path))) {
        const { name, type, linkname } = header;
        if (type === 'file') {
          const file = join(archive.#folder, String(archive.#files.size));
          await pipeline(content, createWriteStream(file, { flags: 'wx' }));
          archive.#files.set(posix.normalize(name), file);
        } else if (type === 'symlink' || type === 'link') {
          // Old versions of Docker link a layer that an image has twice.
          const target = type === 'link' ? linkname : posix.join(posix.dirname(name), linkname);
          archive.#links.set(posix.normalize(name), posix.normalize(target));
        }
      }
      return archive;
    } catch (error) {
      archive.close();
      throw new FaasError('INVALID_IMAGE', `${path} cannot be read as an archive of an image: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** @throws FaasError INVALID_IMAGE when it is not there */
  open(name: string, what: string): Readable {
    return createReadStream(this.#require(name, what));
  }

  /** @throws FaasError INVALID_IMAGE when it is not there, or is no JSON */
  readJson(name: string, what: string): unknown {
    const file = this.#require(name, what);
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new FaasError('INVALID_IMAGE', `${what} ${name} of ${this.path} is no JSON: ${messageOf(error)}`);
    }
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #require(name: string, what: string): string {
    const file = this.#find(name);
    if (file !== undefined) return file;
    throw new FaasError('INVALID_IMAGE', `${this.path} has no ${name}, which is ${what}`);
  }

  #find(name: string): string | undefined {
    let at = posix.normalize(name);
    for (let count = 0; count < MAX_LINKS; count += 1) {
      const next = this.#links.get(at);
      if (next === undefined) break;
      at = next;
    }
    return this.#files.get(at);
  }
}
