import { readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPath } from '../../native/open-path.js';

/** include/uapi/asm-generic/fcntl.h, x86-64 and arm64 */
const O_RDWR = 0o2;
const O_APPEND = 0o2000;
const O_TMPFILE = process.arch === 'arm64' ? 0o20040000 : 0o20200000;
const CHUNK_BYTES = 65_536;

/**
 * A file without a name that a program writes to. A program that ends abruptly has lost nothing of what it wrote, for
 * there is no pipe that somebody has to empty; and nothing of the file is left, however this process ends.
 */
export class OutputFile {
  readonly #file: FileDescriptor;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #offset = 0;

  /** @throws KernelError EOPNOTSUPP for a file system that has no such files, ENOSPC */
  constructor(folder = tmpdir()) {
    this.#file = openPath(folder, O_TMPFILE | O_RDWR | O_APPEND);
  }

  get fd(): number {
    return this.#file.number;
  }

  /** What was written since the last call; at most 64 KiB, and nothing when there is none. The bytes are used again. */
  read(): Buffer {
    const length = readSync(this.#file.number, this.#chunk, 0, CHUNK_BYTES, this.#offset);
    this.#offset += length;
    return this.#chunk.subarray(0, length);
  }

  /** Safe to call twice. */
  discard(): void {
    this.#file.close();
  }
}
