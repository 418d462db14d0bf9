import { createRandom, type Random } from '../../core/random.js';

/** What is done to the traffic of one direction. Nothing given is nothing done. */
export interface Impairment {
  /** How long each frame is on its way. @defaultValue 0 */
  readonly delayMs?: number;
  /** How much more or less than `delayMs`, evenly; frames overtake each other then. @defaultValue 0 */
  readonly jitterMs?: number;
  /** How many do not arrive: 10 is one in ten. @defaultValue 0 */
  readonly lossPercent?: number;
  /** How many arrive twice. @defaultValue 0 */
  readonly duplicatePercent?: number;
  /** How many have one bit turned over, behind the Ethernet header. @defaultValue 0 */
  readonly corruptPercent?: number;
  /** How many are not delayed, and so overtake those that are. @defaultValue 0 */
  readonly reorderPercent?: number;
  /** Bits of frames, without preamble. @defaultValue no limit */
  readonly rateBitsPerSecond?: number;
  /** How many frames may be on their way at once; what comes then is dropped. @defaultValue 1000 where there is a delay or a rate */
  readonly limitPackets?: number;
}

/** What becomes of a frame. */
export interface Fate {
  readonly lost: boolean;
  readonly overLimit: boolean;
  /** How often it arrives, if it does. */
  readonly copies: number;
  /** When it arrives, on the clock that `decide` was told the time of. */
  readonly dueMs: number;
  /** The bit to turn over, counted from the start of the frame; -1 for none. */
  readonly corruptBit: number;
  readonly reordered: boolean;
}

const DEFAULT_LIMIT_PACKETS = 1000;
const ETHERNET_BITS = 14 * 8;

/**
 * Decides what becomes of each frame of one direction. It has no clock of its own: the same seed, settings, sizes and
 * times have the same fates. As with netem, each kind of damage draws for itself.
 */
export class ImpairmentModel {
  #settings: Impairment = {};
  #draws: Readonly<Record<'loss' | 'duplicate' | 'corrupt' | 'reorder' | 'jitter', Random>>;
  #seed: number;
  /** When the frame before will have been sent. */
  #freeMs = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#draws = forkAll(seed);
  }

  /** Whether every frame passes as it is. */
  get isClear(): boolean {
    return Object.values(this.#settings).every((value) => value === undefined || value === 0);
  }

  /** Settings from here on; another seed begins anew. */
  set(settings: Impairment, seed: number): void {
    this.#settings = settings;
    if (seed === this.#seed) return;
    this.#seed = seed;
    this.#draws = forkAll(seed);
  }

  /** @param queued - How many frames are on their way. */
  decide(nowMs: number, bytes: number, queued: number): Fate {
    const { delayMs = 0, jitterMs = 0, rateBitsPerSecond, limitPackets = DEFAULT_LIMIT_PACKETS } = this.#settings;
    const { lossPercent, duplicatePercent, corruptPercent, reorderPercent } = this.#settings;
    const { loss, duplicate, corrupt, reorder, jitter } = this.#draws;
    const lost = isHit(loss, lossPercent);
    const copies = isHit(duplicate, duplicatePercent) ? 2 : 1;
    const isCorrupt = isHit(corrupt, corruptPercent) && bytes * 8 > ETHERNET_BITS;
    const corruptBit = isCorrupt ? corrupt.int(ETHERNET_BITS, bytes * 8 - 1) : -1;
    const reordered = isHit(reorder, reorderPercent) && delayMs > 0;
    const wait = jitterMs > 0 ? delayMs + jitterMs * (2 * jitter.float() - 1) : delayMs;
    const waits = delayMs > 0 || jitterMs > 0 || (rateBitsPerSecond ?? 0) > 0;
    const overLimit = !lost && waits && queued >= limitPackets;
    let dueMs = nowMs;
    if (!lost && !overLimit) {
      if (rateBitsPerSecond !== undefined && rateBitsPerSecond > 0) {
        this.#freeMs = Math.max(nowMs, this.#freeMs) + (copies * bytes * 8000) / rateBitsPerSecond;
        dueMs = this.#freeMs;
      }
      if (!reordered) dueMs += Math.max(0, wait);
    }
    return { lost, overLimit, copies, dueMs, corruptBit, reordered };
  }
}

function forkAll(seed: number) {
  const random = createRandom(seed);
  return {
    loss: random.fork('loss'),
    duplicate: random.fork('duplicate'),
    corrupt: random.fork('corrupt'),
    reorder: random.fork('reorder'),
    jitter: random.fork('jitter'),
  };
}

function isHit(random: Random, percent: number | undefined): boolean {
  return percent !== undefined && percent > 0 && random.float() * 100 < percent;
}
