import { CStruct } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/asm-generic/poll.h */
const POLLIN = 1;
const POLLFD_BYTES = 8;
/** include/uapi/linux/eventfd.h */
const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;

/** Waits until one of some descriptors can be read: ppoll(2). */
export class Poller {
  readonly #count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #timeout = new BigInt64Array(16);
  readonly #timeoutBytes = new Uint8Array(this.#timeout.buffer);

  constructor(fds: readonly number[]) {
    this.#count = fds.length;
    this.#bytes = new Uint8Array(Math.max(128, fds.length * POLLFD_BYTES));
    this.#view = new DataView(this.#bytes.buffer);
    for (const [index, fd] of fds.entries()) {
      this.#view.setInt32(index * POLLFD_BYTES, fd, true);
      this.#view.setInt16(index * POLLFD_BYTES + 4, POLLIN, true);
    }
  }

  /** Returns when there is something to read, or after a time. */
  wait(timeoutMs: number): void {
    const nanoseconds = Math.max(0, Math.round(timeoutMs * 1e6));
    this.#timeout[0] = BigInt(Math.floor(nanoseconds / 1e9));
    this.#timeout[1] = BigInt(nanoseconds % 1e9);
    systemCall('ppoll', this.#bytes, this.#count, this.#timeoutBytes, null, 0);
  }

  /** Whether the last wait ended with something to read, or to be told, at a descriptor. */
  isReady(index: number): boolean {
    return this.#view.getInt16(index * POLLFD_BYTES + 6, true) !== 0;
  }
}

/** A counter that wakes whoever polls it: eventfd(2). @throws KernelError EMFILE */
export function openWakeEvent(): FileDescriptor {
  const result = systemCall('eventfd2', 0, EFD_NONBLOCK_CLOEXEC);
  return new FileDescriptor(requireResult(result, { syscall: 'eventfd2', action: 'open a wake-up event' }));
}

/** Wakes who polls the event. */
export function wake(fd: number): void {
  systemCall('write', fd, new CStruct(8).u64(0, 1), 8);
}

/** Takes notice of all that was signalled until now. */
export function clearWakeEvent(fd: number): void {
  systemCall('read', fd, new Uint8Array(128), 8);
}
