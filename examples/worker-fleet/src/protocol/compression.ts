import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { FleetError } from '../errors.ts';

/** Below this a message gets longer, or not enough shorter to be worth it. */
const THRESHOLD_BYTES = 256;
/** The fastest: on what is sent here the others save a few per cent more, for several times the work. */
const LEVEL = 1;
/** What a message may become: a few bytes can be made to unfold into gigabytes. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** A message as it is sent. */
export interface Packed {
  readonly isCompressed: boolean;
  readonly bytes: Uint8Array;
}

/** Makes a message smaller, where that helps. */
export function pack(bytes: Uint8Array): Packed {
  if (bytes.length < THRESHOLD_BYTES) return { isCompressed: false, bytes };
  const smaller = deflateRawSync(bytes, { level: LEVEL });
  return smaller.length < bytes.length ? { isCompressed: true, bytes: smaller } : { isCompressed: false, bytes };
}

/** @throws FleetError `INTEGRITY` for what was never packed, or unfolds to more than {@link MAX_MESSAGE_BYTES} */
export function unpack({ isCompressed, bytes }: Packed): Uint8Array {
  if (!isCompressed) return bytes;
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch {
    throw new FleetError('INTEGRITY', `a message of ${bytes.length} bytes cannot be unpacked`);
  }
}
