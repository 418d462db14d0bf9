import { randomUUID } from 'node:crypto';
import { constants, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/kernel-error.js';

const CHUNK_BYTES = 1_048_576;
const PAGE_BYTES = 4096;
/** include/uapi/asm-generic/fcntl.h: __O_TMPFILE, which O_TMPFILE is with O_DIRECTORY. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/**
 * What takes up the room of a disk: a file without a name, which nobody finds there, and which the kernel takes back with
 * this process, whatever kills it.
 */
export class Filling {
  readonly #file: FileHandle;
  readonly #mostBytes: number;
  #sizeBytes = 0;

  private constructor(file: FileHandle, mostBytes: number) {
    this.#file = file;
    this.#mostBytes = mostBytes;
  }

  /** Takes up no room yet. */
  static async create(folder: string, mostBytes: number): Promise<Filling> {
    return new Filling(await openNameless(folder), mostBytes);
  }

  /** Takes up all room but so much, from what is free now. @throws RangeError when there is more than it may take up */
  async leave(bytes: number): Promise<void> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let length = CHUNK_BYTES; length >= 1; ) {
      if (this.#sizeBytes > this.#mostBytes)
        throw new RangeError(`the disk has room for more than mostBytes, ${this.#mostBytes}`);
      try {
        this.#sizeBytes += (await this.#file.write(chunk, 0, length, this.#sizeBytes)).bytesWritten;
      } catch (error) {
        if (errnoOf(error) !== 'ENOSPC' && errnoOf(error) !== 'EDQUOT') throw error;
        // What does not fit as a whole may fit in part.
        length = length > PAGE_BYTES ? PAGE_BYTES : 0;
      }
    }
    this.#sizeBytes = Math.max(0, this.#sizeBytes - Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES);
    await this.#file.truncate(this.#sizeBytes);
  }

  /** The room is there again when this resolves. */
  async remove(): Promise<void> {
    await this.#file.close();
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  try {
    return await open(folder, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch (error) {
    // A file system that has no such files: the name is there for a moment.
    if (errnoOf(error) !== 'EOPNOTSUPP' && errnoOf(error) !== 'EISDIR') throw error;
  }
  const path = join(folder, `.glovebox-filling-${randomUUID()}`);
  const file = await open(path, 'wx', 0o600);
  try {
    unlinkSync(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
