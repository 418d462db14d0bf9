import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/kernel-error.js';

const CHUNK_BYTES = 1_048_576;
const PAGE_BYTES = 4096;

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
    const path = join(folder, `.glovebox-filling-${randomUUID()}`);
    const file = await open(path, 'wx', 0o600);
    try {
      await unlink(path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new Filling(file, mostBytes);
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
