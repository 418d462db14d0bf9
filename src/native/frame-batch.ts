import { findAddress, systemCall } from './system-call.js';

/** include/linux/socket.h: struct mmsghdr and struct iovec, in 64 bits. */
const MMSGHDR_BYTES = 64;
const IOVEC_BYTES = 16;
const IOV_AT = 16;
const IOVLEN_AT = 24;
const LENGTH_AT = 56;
const MSG_DONTWAIT = 0x40;

/** Many frames in one system call: places to receive them to, or a list of those to be sent. */
class Batch {
  readonly capacity: number;
  protected readonly headers: Uint8Array;
  protected readonly headerView: DataView;
  protected readonly vectors: DataView;
  /** What the headers point to must live as long as they do. */
  readonly #vectorBytes: Uint8Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.headers = new Uint8Array(Math.max(2, capacity) * MMSGHDR_BYTES);
    this.headerView = new DataView(this.headers.buffer);
    this.#vectorBytes = new Uint8Array(Math.max(8, capacity) * IOVEC_BYTES);
    this.vectors = new DataView(this.#vectorBytes.buffer);
    const vectorAddress = findAddress(this.#vectorBytes);
    for (let index = 0; index < capacity; index += 1) {
      const at = index * MMSGHDR_BYTES;
      this.headerView.setBigUint64(at + IOV_AT, vectorAddress + BigInt(index * IOVEC_BYTES), true);
      this.headerView.setBigUint64(at + IOVLEN_AT, 1n, true);
    }
  }
}

/** Frames that were received with one call of recvmmsg(2); each call overwrites those of the one before. */
export class ReceiveBatch extends Batch {
  readonly #frames: readonly Uint8Array[];
  readonly #addresses: readonly bigint[];
  readonly #frameBytes: number;

  constructor(capacity: number, frameBytes: number) {
    super(capacity);
    this.#frameBytes = frameBytes;
    const memory = new Uint8Array(Math.max(128, capacity * frameBytes));
    const start = findAddress(memory);
    this.#frames = Array.from({ length: capacity }, (_none, index) =>
      memory.subarray(index * frameBytes, (index + 1) * frameBytes),
    );
    this.#addresses = this.#frames.map((_frame, index) => start + BigInt(index * frameBytes));
    for (const [index, address] of this.#addresses.entries()) {
      this.vectors.setBigUint64(index * IOVEC_BYTES, address, true);
      this.vectors.setBigUint64(index * IOVEC_BYTES + 8, BigInt(frameBytes), true);
    }
  }

  /** What is waiting at a socket, without waiting for it: how many frames, or an error number as a negative one. */
  receive(fd: number): number {
    return systemCall('recvmmsg', fd, this.headers, this.capacity, MSG_DONTWAIT, null);
  }

  /** Bytes of a frame; of one that is longer than its place, those that fit. */
  length(index: number): number {
    return Math.min(this.headerView.getUint32(index * MMSGHDR_BYTES + LENGTH_AT, true), this.#frameBytes);
  }

  /** A view of a frame, until the next call of `receive`. */
  frame(index: number): Uint8Array {
    return (this.#frames[index] as Uint8Array).subarray(0, this.length(index));
  }

  address(index: number): bigint {
    return this.#addresses[index] as bigint;
  }
}

/** Frames to be sent with one call of sendmmsg(2). */
export class SendBatch extends Batch {
  readonly #kept: Uint8Array[] = [];
  #count = 0;

  /** How many frames are in it. */
  get length(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.capacity;
  }

  /** Adds a frame that lies where a {@link ReceiveBatch} has it, and must stay until it is sent. */
  addAt(address: bigint, length: number): void {
    const at = this.#count * IOVEC_BYTES;
    this.vectors.setBigUint64(at, address, true);
    this.vectors.setUint32(at + 8, length, true);
    this.#count += 1;
  }

  /** Adds a frame. Small ones are copied, for V8 may move them. */
  add(frame: Uint8Array): void {
    const isFixed = frame.buffer.byteLength > 64;
    const bytes = isFixed ? frame : new Uint8Array(new ArrayBuffer(128), 0, frame.length);
    if (!isFixed) bytes.set(frame);
    this.#kept.push(bytes);
    this.addAt(findAddress(bytes), frame.length);
  }

  /** Sends all, in order, and forgets them. @returns How many the kernel would not take. */
  flush(fd: number): number {
    let sent = 0;
    let refused = 0;
    while (sent < this.#count) {
      const headers = sent === 0 ? this.headers : this.headers.subarray(sent * MMSGHDR_BYTES);
      const result = systemCall('sendmmsg', fd, headers, this.#count - sent, MSG_DONTWAIT);
      // What one frame is refused for need not hold for the next.
      if (result <= 0) refused += 1;
      sent += Math.max(1, result);
    }
    this.#count = 0;
    this.#kept.length = 0;
    return refused;
  }
}
