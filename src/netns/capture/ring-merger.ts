import type { PacketRing, RingFrame } from '../../native/packet-ring.js';

/** A frame that waits for those that are older than it. */
interface Waiting {
  readonly port: number;
  readonly frame: RingFrame;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly block: HeldBlock;
}

interface HeldBlock {
  readonly ring: PacketRing;
  readonly index: number;
  left: number;
}

/** The kernel stamps a frame a little before it is in the ring. */
const STAMP_TO_RING_MS = 2;

/** Frames of several rings in the order in which they came: a ring hands its frames over some time after they did. */
export class RingMerger {
  readonly #rings: readonly PacketRing[];
  readonly #lastMs: number[];
  #waiting: Waiting[] = [];
  #completeMs = 0;

  constructor(rings: readonly PacketRing[]) {
    this.#rings = rings;
    this.#lastMs = rings.map(() => 0);
  }

  /** All frames that came until this time, in milliseconds since 1970, have been handed on. */
  get completeMs(): number {
    return this.#completeMs;
  }

  /** Whether blocks of a ring are kept from the kernel. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes what the kernel has handed over, and hands on what can be. */
  run(nowMs: number, take: (port: number, frame: RingFrame, memory: Uint8Array) => void): void {
    let completeMs = nowMs - STAMP_TO_RING_MS;
    for (const [port, ring] of this.#rings.entries()) {
      this.#drain(port, ring);
      if (!ring.isEmpty) completeMs = Math.min(completeMs, this.#lastMs[port] ?? 0);
    }
    // The clock of a machine may be set back.
    this.#completeMs = completeMs;
    this.#handOn(completeMs, take);
  }

  /** Hands on all that there is. */
  finish(take: (port: number, frame: RingFrame, memory: Uint8Array) => void): void {
    for (const [port, ring] of this.#rings.entries()) this.#drain(port, ring);
    this.#handOn(Number.POSITIVE_INFINITY, take);
  }

  #drain(port: number, ring: PacketRing): void {
    for (let taken = ring.take(); taken !== undefined; taken = ring.take()) {
      const block: HeldBlock = { ring, index: taken.index, left: taken.frames.length };
      if (block.left === 0) ring.release(block.index);
      for (const frame of taken.frames) {
        const atMs = frame.seconds * 1000 + frame.nanoseconds / 1e6;
        this.#waiting.push({ port, frame, atMs, block });
        this.#lastMs[port] = atMs;
      }
    }
  }

  #handOn(untilMs: number, take: (port: number, frame: RingFrame, memory: Uint8Array) => void): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#rings.length > 1 ? this.#waiting.sort(compareTimes) : this.#waiting;
    let done = 0;
    for (; done < waiting.length; done += 1) {
      const { port, frame, atMs, block } = waiting[done] as Waiting;
      if (atMs > untilMs) break;
      take(port, frame, block.ring.bytes);
      block.left -= 1;
      if (block.left === 0) block.ring.release(block.index);
    }
    this.#waiting = waiting.slice(done);
  }
}

function compareTimes(a: Waiting, b: Waiting): number {
  return a.frame.seconds - b.frame.seconds || a.frame.nanoseconds - b.frame.nanoseconds;
}
