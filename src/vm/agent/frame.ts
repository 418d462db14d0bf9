/** Bytes before a frame's payload: magic, type, sequence, id, size and two checks; src/vm/agent/frame.h is the other side. */
const HEADER_BYTES = 24;
const MAGIC = 0x01424c9d;
const MAGIC_BYTES = Buffer.from([0x9d, 0x4c, 0x42, 0x01]);

/** The largest payload of one frame. */
export const MAX_PAYLOAD_BYTES = 128 * 1024;

/** The largest piece of a stream in one frame, so that an answer is never behind a long one. */
export const CHUNK_BYTES = 32 * 1024;

/** What a client sends. */
export const REQUEST = {
  hello: 1,
  ping: 2,
  exec: 3,
  data: 4,
  end: 5,
  credit: 6,
  signal: 7,
  write: 8,
  read: 9,
  module: 10,
  mount: 11,
  clock: 12,
  power: 13,
  resize: 14,
  netlink: 15,
  release: 16,
} as const;

/** What an agent sends: other numbers, so that a line that still echoes does not seem to answer. */
export const ANSWER = {
  hello: 33,
  pong: 34,
  started: 35,
  out: 36,
  err: 37,
  credit: 38,
  exit: 39,
  result: 40,
  lost: 41,
  deaf: 42,
} as const;

/** One message of the protocol. */
export interface Frame {
  readonly type: number;
  /** The command or file that it belongs to; 0 for none. */
  readonly id: number;
  readonly payload: Buffer;
}

/** A frame as bytes. `sequence` counts the frames of a direction, modulo 65536. */
export function encodeFrame(type: number, id: number, payload: Uint8Array, sequence: number): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(MAGIC, 0);
  frame[4] = type;
  frame[5] = 0;
  frame.writeUInt16LE(sequence & 0xffff, 6);
  frame.writeUInt32LE(id, 8);
  frame.writeUInt32LE(payload.length, 12);
  frame.writeUInt32LE(checkBytes(frame.subarray(0, 16)), 16);
  frame.set(payload, HEADER_BYTES);
  frame.writeUInt32LE(checkBytes(frame.subarray(HEADER_BYTES)), 20);
  return frame;
}

/** What tells a frame from other bytes on the line; no defence against anybody. */
function checkBytes(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) {
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = mix(hash, word);
  }
  if (whole === bytes.length) return hash >>> 0;
  let last = 0;
  for (let at = whole; at < bytes.length; at++) last |= (bytes[at] ?? 0) << (8 * (at - whole));
  return mix(hash, last) >>> 0;
}

function mix(hash: number, word: number): number {
  const next = Math.imul(hash ^ word, 0x01000193);
  return next ^ (next >>> 15);
}

/** Finds the frames in a stream of bytes; whatever lies between them (a kernel's messages on a shared line) is skipped. */
export class FrameReader {
  /** Bytes that belonged to no frame. */
  skippedBytes = 0;
  /** Frames that never came, by the gaps in their sequence; counted from the first frame of the one asked for. */
  lostFrames = 0;
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #neededBytes = HEADER_BYTES;
  #sequence: number | undefined;

  /** The frames that these bytes complete, in order. Payloads are copies of nothing: keep none of them for long. */
  push(bytes: Uint8Array): readonly Frame[] {
    this.#pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#pieceBytes += bytes.length;
    // A large frame comes in many pieces: they are put together once, when they are all there.
    if (this.#pieceBytes < this.#neededBytes) return [];
    const [first] = this.#pieces;
    const all = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      const found = all.indexOf(MAGIC_BYTES, at);
      const next = found === -1 ? Math.max(at, all.length - MAGIC_BYTES.length + 1) : found;
      this.skippedBytes += next - at;
      at = next;
      this.#neededBytes = HEADER_BYTES;
      if (found === -1 || all.length - at < HEADER_BYTES) break;
      const size = all.readUInt32LE(at + 12);
      const isHeader = size <= MAX_PAYLOAD_BYTES && all.readUInt32LE(at + 16) === checkBytes(all.subarray(at, at + 16));
      if (isHeader && all.length - at < HEADER_BYTES + size) {
        this.#neededBytes = HEADER_BYTES + size;
        break;
      }
      const payload = all.subarray(at + HEADER_BYTES, at + HEADER_BYTES + size);
      if (!isHeader || all.readUInt32LE(at + 20) !== checkBytes(payload)) {
        at += 1;
        this.skippedBytes += 1;
        continue;
      }
      this.#count(all.readUInt16LE(at + 6));
      frames.push({ type: all[at + 4] ?? 0, id: all.readUInt32LE(at + 8), payload });
      at += HEADER_BYTES + size;
    }
    this.#pieces = at === all.length ? [] : [all.subarray(at)];
    this.#pieceBytes = all.length - at;
    return frames;
  }

  /** Counts no gap before the next frame. */
  forgetSequence(): void {
    this.#sequence = undefined;
    this.lostFrames = 0;
  }

  #count(sequence: number): void {
    if (this.#sequence !== undefined) this.lostFrames += (sequence - this.#sequence) & 0xffff;
    this.#sequence = (sequence + 1) & 0xffff;
  }
}
