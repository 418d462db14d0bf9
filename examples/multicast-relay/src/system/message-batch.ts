import { addressOf } from './libc.ts';

/** struct mmsghdr, iovec and cmsghdr on 64-bit processors: include/linux/socket.h, include/uapi/linux/uio.h. */
export const MESSAGE_BYTES = 64;
const IOVEC_BYTES = 16;
const CONTROL_BYTES = 64;
const [NAME, IOV, CONTROL, CONTROL_LENGTH, FLAGS, LENGTH] = [0, 16, 32, 40, 48, 56];
const MSG_TRUNC = 0x20;
/** struct in_pktinfo, behind a cmsghdr: the interface, the address of ours that it came to, the one that it was sent to. */
const [PKTINFO_INTERFACE, PKTINFO_DESTINATION] = [16, 24];

/** The most that a datagram of IPv4 can carry. */
export const MAX_DATAGRAM_BYTES = 65_507;
/** Not a power of two, or all datagrams would share a few lines of the processor's cache. */
const SLOT_BYTES = 65_536 + 192;

/** Datagrams that were received by one call of recvmmsg(2), and where each was sent to. */
export class ReceivedMessages {
  readonly capacity: number;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #controls: number;
  readonly #slots: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    const iovecs = capacity * MESSAGE_BYTES;
    this.#controls = iovecs + capacity * IOVEC_BYTES;
    this.#slots = this.#controls + capacity * CONTROL_BYTES;
    const buffer = new ArrayBuffer(this.#slots + capacity * SLOT_BYTES);
    this.bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.address = addressOf(this.bytes);
    for (let index = 0; index < capacity; index += 1) {
      const iovec = iovecs + index * IOVEC_BYTES;
      this.#view.setBigUint64(iovec, this.address + BigInt(this.start(index)), true);
      this.#view.setBigUint64(iovec + 8, BigInt(MAX_DATAGRAM_BYTES), true);
      const message = index * MESSAGE_BYTES;
      this.#view.setBigUint64(message + NAME, 0n, true);
      this.#view.setBigUint64(message + IOV, this.address + BigInt(iovec), true);
      this.#view.setBigUint64(message + IOV + 8, 1n, true);
      const control = this.address + BigInt(this.#controls + index * CONTROL_BYTES);
      this.#view.setBigUint64(message + CONTROL, control, true);
    }
    this.prepare(capacity);
  }

  /** Before they are received into again: the kernel shortens what it does not need. */
  prepare(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#view.setUint32(index * MESSAGE_BYTES + CONTROL_LENGTH, CONTROL_BYTES, true);
    }
  }

  /** Where the datagram is in {@link bytes}. */
  start(index: number): number {
    return this.#slots + index * SLOT_BYTES;
  }

  size(index: number): number {
    return this.#view.getUint32(index * MESSAGE_BYTES + LENGTH, true);
  }

  isTruncated(index: number): boolean {
    return (this.#view.getUint32(index * MESSAGE_BYTES + FLAGS, true) & MSG_TRUNC) !== 0;
  }

  /** The index of the interface that it came in by; the socket has IP_PKTINFO. */
  interfaceIndex(index: number): number {
    return this.#view.getInt32(this.#controls + index * CONTROL_BYTES + PKTINFO_INTERFACE, true);
  }

  /** The address that it was sent to, as a number. */
  destination(index: number): number {
    return this.#view.getUint32(this.#controls + index * CONTROL_BYTES + PKTINFO_DESTINATION, false);
  }
}

/** struct iovec, for messages that are in memory already: it points where each begins. */
export class MessageVectors {
  readonly #view: DataView;
  readonly #address: bigint;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity * IOVEC_BYTES);
    this.#view = new DataView(buffer);
    this.#address = addressOf(new Uint8Array(buffer));
  }

  set(index: number, address: bigint, bytes: number): void {
    this.#view.setBigUint64(index * IOVEC_BYTES, address, true);
    this.#view.setBigUint64(index * IOVEC_BYTES + 8, BigInt(bytes), true);
  }

  address(index: number): bigint {
    return this.#address + BigInt(index * IOVEC_BYTES);
  }
}

/** Points the header of a message, in memory of somebody else's, to its vector. */
export function pointMessage(view: DataView, message: number, vector: bigint): void {
  view.setBigUint64(message + IOV, vector, true);
  view.setBigUint64(message + IOV + 8, 1n, true);
}

/** Where in a header the kernel says how many bytes it sent, once it has. */
export const SENT_BYTES_OFFSET = LENGTH;
