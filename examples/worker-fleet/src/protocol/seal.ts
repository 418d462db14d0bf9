import { createHmac, timingSafeEqual } from 'node:crypto';
import { FleetError } from '../errors.ts';
import type { Packed } from './compression.ts';

/** Of HMAC-SHA256, the first half: 128 bits. */
const TAG_BYTES = 16;
const COMPRESSED = 1;
/** What is put before each message. */
export const SEAL_BYTES = 1 + TAG_BYTES;

/**
 * Frames of one direction of one connection: flags (1 byte), tag (16), message. The tag covers the place of the frame in
 * its connection, so that none can be changed, left out, repeated or moved.
 */
export class Sealer {
  readonly #key: Uint8Array;
  #count = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal({ isCompressed, bytes }: Packed): Uint8Array {
    const frame = Buffer.allocUnsafe(SEAL_BYTES + bytes.length);
    frame[0] = isCompressed ? COMPRESSED : 0;
    computeTag(this.#key, this.#count, frame[0], bytes).copy(frame, 1);
    frame.set(bytes, SEAL_BYTES);
    this.#count += 1n;
    return frame;
  }
}

/** Opens what a {@link Sealer} with the same key has sealed, in the same order. */
export class Opener {
  readonly #key: Uint8Array;
  #count = 0n;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @throws FleetError `INTEGRITY` for a frame that was damaged, and for one that is out of place */
  open(frame: Uint8Array): Packed {
    const flags = frame[0];
    if (flags === undefined || frame.length < SEAL_BYTES)
      throw new FleetError('INTEGRITY', `frame ${this.#count} has ${frame.length} bytes, fewer than its seal`);
    const bytes = frame.subarray(SEAL_BYTES);
    const expected = computeTag(this.#key, this.#count, flags, bytes);
    if (!timingSafeEqual(expected, frame.subarray(1, SEAL_BYTES)))
      throw new FleetError('INTEGRITY', `frame ${this.#count} of ${frame.length} bytes is not as it was sealed`);
    this.#count += 1n;
    return { isCompressed: (flags & COMPRESSED) !== 0, bytes };
  }
}

function computeTag(key: Uint8Array, count: bigint, flags: number, bytes: Uint8Array): Buffer {
  const place = Buffer.allocUnsafe(9);
  place.writeBigUInt64BE(count);
  place[8] = flags;
  return createHmac('sha256', key).update(place).update(bytes).digest().subarray(0, TAG_BYTES);
}
