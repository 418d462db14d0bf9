import { addressOf, call } from './libc.ts';

const POLLFD_BYTES = 8;
/** include/uapi/asm-generic/poll.h */
const [POLLIN, POLLOUT] = [1, 4];
const MAX_FDS = 1024;

/** Waits for several descriptors at once: poll(2). */
export class Poll {
  readonly #memory = new DataView(new ArrayBuffer(MAX_FDS * POLLFD_BYTES));
  readonly #address = addressOf(new Uint8Array(this.#memory.buffer));
  #count = 0;

  /** What is waited for from now on, in an order that {@link isReady} goes by. */
  watch(fds: readonly number[]): void {
    if (fds.length > MAX_FDS) throw new RangeError(`Cannot wait for ${fds.length} descriptors, only for ${MAX_FDS}`);
    this.#count = fds.length;
    for (const [index, fd] of fds.entries()) {
      this.#memory.setInt32(index * POLLFD_BYTES, fd, true);
      this.#memory.setInt16(index * POLLFD_BYTES + 4, POLLIN, true);
    }
  }

  /** Returns when something can be read, or after a time: -1 is for ever. */
  wait(timeoutMs: number): void {
    call('poll', this.#address, this.#count, timeoutMs);
  }

  /** Whether the last wait ended with something to read, or with an end, there. */
  isReady(index: number): boolean {
    return this.#memory.getInt16(index * POLLFD_BYTES + 6, true) !== 0;
  }
}

const one = new DataView(new ArrayBuffer(POLLFD_BYTES));
const oneAddress = addressOf(new Uint8Array(one.buffer));

/** Waits until something can be written, or for a time; says whether it can. */
export function waitUntilWritable(fd: number, timeoutMs: number): boolean {
  one.setInt32(0, fd, true);
  one.setInt16(4, POLLOUT, true);
  return call('poll', oneAddress, 1, timeoutMs) > 0;
}
