import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { messageOf } from '../../core/message-of.js';
import type { FileFailure } from './capture-protocol.js';

/** A file that whole blocks of pcapng are written to, so that it can be read whenever the writing ends. */
export class CaptureFile {
  readonly #fd: number;
  #size: number;
  #written = 0;
  #failure: FileFailure | undefined;

  /** @param fd - Where the header has been written to. */
  constructor(fd: number) {
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
  }

  /** How many blocks are in the file. */
  get written(): number {
    return this.#written;
  }

  get failure(): FileFailure | undefined {
    return this.#failure;
  }

  /** Writes blocks. After a failure it writes no more. */
  write(blocks: Uint8Array): void {
    if (this.#failure !== undefined) return;
    let done = 0;
    try {
      while (done < blocks.length) done += writeSync(this.#fd, blocks, done, blocks.length - done);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
      this.#failure = { code, message: messageOf(error) };
    }
    const whole = countBlocks(blocks, done);
    this.#written += whole.count;
    this.#size += whole.bytes;
    if (whole.bytes < done) this.#cut();
  }

  #cut(): void {
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch {
      // A reader is told of the cut block; what went wrong first is what counts.
    }
  }
}

/** The blocks that are whole in the first bytes. */
function countBlocks(blocks: Uint8Array, length: number): { readonly count: number; readonly bytes: number } {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  let bytes = 0;
  let count = 0;
  for (; bytes < length; count += 1) {
    const next = bytes + view.getUint32(bytes + 4, true);
    if (next > length) break;
    bytes = next;
  }
  return { count, bytes };
}
