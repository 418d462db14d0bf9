import { addressOf } from '../system/libc.ts';
import { MAX_DATAGRAM_BYTES } from '../system/message-batch.ts';

/** A message of the channel: the rule, how many datagrams, and each with its length before it, on multiples of 4 bytes. */
const HEADER_BYTES = 8;
const LENGTH_BYTES = 4;
const SOFT_LIMIT_BYTES = 60 * 1024;
export const MAX_MESSAGE_BYTES = SOFT_LIMIT_BYTES + HEADER_BYTES + LENGTH_BYTES + MAX_DATAGRAM_BYTES + 3;
/** As many as are sent on by one call. */
export const MAX_DATAGRAMS = 64;

/** Puts datagrams of one rule together. */
export class ChannelMessageWriter {
  readonly #bytes = new Uint8Array(new ArrayBuffer(MAX_MESSAGE_BYTES));
  readonly #view = new DataView(this.#bytes.buffer);
  readonly address: bigint = addressOf(this.#bytes);
  #size = HEADER_BYTES;
  #count = 0;

  /** How many datagrams are in it. */
  get count(): number {
    return this.#count;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#count === MAX_DATAGRAMS || this.#size > SOFT_LIMIT_BYTES;
  }

  /** What has been written, for whoever sends it otherwise. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Begins anew. */
  begin(ruleId: number): void {
    this.#view.setUint32(0, ruleId, true);
    this.#size = HEADER_BYTES;
    this.#count = 0;
    this.#view.setUint32(4, 0, true);
  }

  /** Adds a datagram, which is somewhere in `source`; there must be room, see {@link isFull}. */
  add(source: Uint8Array, start: number, size: number): void {
    this.#view.setUint32(this.#size, size, true);
    const at = this.#size + LENGTH_BYTES;
    // Small datagrams are copied faster one by one than by a call.
    if (size <= 64) for (let index = 0; index < size; index += 1) this.#bytes[at + index] = source[start + index] ?? 0;
    else this.#bytes.set(source.subarray(start, start + size), at);
    this.#size = at + alignToWord(size);
    this.#count += 1;
    this.#view.setUint32(4, this.#count, true);
  }
}

/** Where a datagram is in a message. */
export interface Slice {
  readonly start: number;
  readonly size: number;
}

/** Takes a message apart. @throws RangeError for what no writer made */
export function readChannelMessage(
  view: DataView,
  size: number,
): { readonly ruleId: number; readonly datagrams: readonly Slice[] } {
  const datagrams: Slice[] = [];
  if (size < HEADER_BYTES)
    throw new RangeError(`A message of the channel has ${size} bytes, and needs ${HEADER_BYTES}`);
  const count = view.getUint32(4, true);
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const length = at + LENGTH_BYTES <= size ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    const start = at + LENGTH_BYTES;
    if (start + length > size)
      throw new RangeError(`A message of the channel ends in datagram ${index + 1} of ${count}, after ${size} bytes`);
    datagrams.push({ start, size: length });
    at = start + alignToWord(length);
  }
  return { ruleId: view.getUint32(0, true), datagrams };
}

function alignToWord(size: number): number {
  return (size + 3) & ~3;
}
