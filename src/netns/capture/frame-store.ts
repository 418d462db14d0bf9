import { FRAME_STATUS, PACKET_TYPE, type RingFrame } from '../../native/packet-ring.js';
import type { FrameChunk } from './capture-protocol.js';
import { completeChecksum } from './complete-checksum.js';
import { BLOCK, PACKET_HEADER_BYTES, PACKET_TRAILER_BYTES, paddingOf } from './pcapng.js';

const LARGEST_CHUNK_BYTES = 256 * 1024;
const EPB_FLAGS = 2;
const INBOUND = 1;
const OUTBOUND = 2;
/** How the flags of a packet block say whom a frame was for. */
const RECEPTION: readonly number[] = [1, 3, 2, 4, 0];

/** Some frames in a row, as blocks of pcapng. */
class Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The number of its first frame. */
  readonly first: number;
  count = 0;
  used = 0;
  written = 0;

  constructor(size: number, first: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.first = first;
  }
}

/** The last frames of a capture, as many as there is memory for. */
export class FrameStore {
  readonly #maxBytes: number;
  readonly #chunkBytes: number;
  readonly #chunks: Chunk[] = [];
  #bytes = 0;
  #total = 0;
  #overwritten = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#chunkBytes = Math.min(LARGEST_CHUNK_BYTES, Math.floor(maxBytes / 8));
  }

  /** How many frames were added; the next one has this number. */
  get total(): number {
    return this.#total;
  }

  get overwritten(): number {
    return this.#overwritten;
  }

  /** Adds a frame of a ring, as the interface with a number saw it. */
  add(port: number, frame: RingFrame, memory: Uint8Array, flush: () => void): void {
    const isTagged = frame.vlan !== undefined && frame.kept >= 12;
    const kept = frame.kept + (isTagged ? 4 : 0);
    const length = PACKET_HEADER_BYTES + kept + paddingOf(kept) + PACKET_TRAILER_BYTES;
    const { bytes, view, used: at } = this.#makeRoom(length, flush);
    view.setUint32(at, BLOCK.packet, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + 8, port, true);
    writeTime(view, at + 12, frame);
    view.setUint32(at + 20, kept, true);
    view.setUint32(at + 24, frame.length + (isTagged ? 4 : 0), true);
    const start = at + PACKET_HEADER_BYTES;
    const source = memory.subarray(frame.start, frame.start + frame.kept);
    if (isTagged) {
      bytes.set(source.subarray(0, 12), start);
      view.setUint32(start + 12, frame.vlan ?? 0);
      bytes.set(source.subarray(12), start + 16);
    } else bytes.set(source, start);
    const isWhole = frame.kept === frame.length;
    if (isWhole && (frame.status & FRAME_STATUS.checksumNotReady) !== 0)
      completeChecksum(bytes.subarray(start, start + kept));
    const end = start + kept + paddingOf(kept);
    // A chunk that is used again has other frames in it.
    bytes.fill(0, start + kept, end);
    const direction = frame.packetType === PACKET_TYPE.outgoing ? OUTBOUND : INBOUND;
    view.setUint16(end, EPB_FLAGS, true);
    view.setUint16(end + 2, 4, true);
    view.setUint32(end + 4, direction | ((RECEPTION[frame.packetType] ?? 0) << 2), true);
    view.setUint32(end + 8, 0, true);
    view.setUint32(end + 12, length, true);
    const chunk = this.#chunks.at(-1) as Chunk;
    chunk.used = at + length;
    chunk.count += 1;
    this.#total += 1;
  }

  /** What was added since the last time, for a file. */
  takeUnwritten(): readonly Uint8Array[] {
    return this.#chunks.flatMap((chunk) => {
      const part = chunk.bytes.subarray(chunk.written, chunk.used);
      chunk.written = chunk.used;
      return part.length === 0 ? [] : [part];
    });
  }

  /** Copies of what is there, from a frame on. */
  copyFrom(from: number): readonly FrameChunk[] {
    return this.#chunks.flatMap((chunk) => {
      if (chunk.first + chunk.count <= from) return [];
      let first = chunk.first;
      let at = 0;
      for (; first < from; first += 1) at += chunk.view.getUint32(at + 4, true);
      return [{ first, count: chunk.first + chunk.count - first, bytes: chunk.bytes.slice(at, chunk.used) }];
    });
  }

  #makeRoom(length: number, flush: () => void): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.used + length <= last.bytes.length) return last;
    const size = Math.max(this.#chunkBytes, length);
    while (this.#chunks.length > 0 && this.#bytes + size > this.#maxBytes) {
      flush();
      const oldest = this.#chunks.shift() as Chunk;
      this.#bytes -= oldest.bytes.length;
      this.#overwritten += oldest.count;
    }
    const chunk = new Chunk(size, this.#total);
    this.#chunks.push(chunk);
    this.#bytes += size;
    return chunk;
  }
}

/** Nanoseconds since 1970 in 64 bits, the upper half first, without a bigint for each frame. */
function writeTime(view: DataView, at: number, { seconds, nanoseconds }: RingFrame): void {
  const upper = Math.floor(seconds / 0x1_0000) * 1e9;
  const lower = (seconds % 0x1_0000) * 1e9 + nanoseconds + (upper % 0x1_0000) * 0x1_0000;
  view.setUint32(at, Math.floor(upper / 0x1_0000) + Math.floor(lower / 0x1_0000_0000), true);
  view.setUint32(at + 4, lower % 0x1_0000_0000, true);
}
