import { closeSync, ftruncateSync, openSync, unlinkSync } from 'node:fs';
import { call, check, viewMemory } from './libc.ts';

const [PROT_READ_WRITE, MAP_SHARED] = [3, 1];

/** Memory that several processes see. It outlives each of them, so that one can read what another left. */
export class SharedMemory implements Disposable {
  readonly buffer: ArrayBuffer;
  readonly address: number;
  readonly #bytes: number;
  #closed = false;

  /** Maps a descriptor that {@link createSharedFile} made, or that was inherited from whoever made it. @throws SystemError */
  constructor(fd: number, bytes: number) {
    this.#bytes = bytes;
    this.address = check(
      call('mmap', 0, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0),
      'mmap',
      `map ${bytes} bytes of shared memory`,
    );
    this.buffer = viewMemory(this.address, bytes);
  }

  /** Nobody may look at {@link buffer} after that. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    call('munmap', this.address, this.#bytes);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A file without a name, full of zeros: what remains of it when all who have it open are gone is nothing. */
export function createSharedFile(path: string, bytes: number): number {
  const fd = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
    ftruncateSync(fd, bytes);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
