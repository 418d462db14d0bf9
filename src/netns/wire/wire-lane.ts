import { ReceiveBatch, SendBatch } from '../../native/frame-batch.js';
import { DueQueue } from './due-queue.js';
import { type Impairment, ImpairmentModel } from './impairment-model.js';
import { requireVerdict } from './verdict.js';
import { WireFrame } from './wire-frame.js';
import { COUNTS, DIRECTIONS, type WireDirection, type WireVerdict } from './wire-protocol.js';

const BATCH_FRAMES = 64;
const MAX_DRAINED_BATCHES = 256;
/** What a frame may have beside the MTU: Ethernet and two VLAN tags, and some room. */
const HEADROOM_BYTES = 32;
/** How many frames may be held, and how many may wait for somebody's decision: else a flood would fill the memory. */
const MOST_WAITING = 16_384;

/** Who decides about frames before the impairments do: a function in the worker, or somebody who answers later. */
export type Interceptor =
  | { readonly kind: 'function'; readonly decide: (frame: WireFrame) => WireVerdict }
  | { readonly kind: 'ask'; readonly ask: (lane: WireLane, bytes: Uint8Array, index: number) => void };

/** One direction of a wire: from a socket, through what is done to frames, to another. */
export class WireLane {
  readonly from: number;
  readonly #to: number;
  readonly #direction: WireDirection;
  readonly #counts: Float64Array;
  readonly #model: ImpairmentModel;
  readonly #received: ReceiveBatch;
  readonly #sending = new SendBatch(BATCH_FRAMES);
  readonly #queue = new DueQueue<Uint8Array>();
  readonly #held: Uint8Array[] = [];
  readonly #report: (error: unknown) => void;
  /** The frame that is being decided about, where it was received to, and may be sent from. */
  #current: Uint8Array | undefined;
  #currentAt = 0;
  #isHeld = false;
  /** How many frames somebody was asked about who has not answered. */
  #asked = 0;
  #isClear = true;
  #interceptor: Interceptor | undefined;

  constructor(options: {
    readonly from: number;
    readonly to: number;
    readonly direction: number;
    readonly mtu: number;
    readonly seed: number;
    readonly counts: Float64Array;
    readonly report: (error: unknown) => void;
  }) {
    this.from = options.from;
    this.#to = options.to;
    this.#direction = DIRECTIONS[options.direction] ?? 'aToB';
    this.#counts = options.counts;
    this.#report = options.report;
    this.#model = new ImpairmentModel(options.seed);
    this.#received = new ReceiveBatch(BATCH_FRAMES, options.mtu + HEADROOM_BYTES);
  }

  /** When the first frame that waits is due. */
  get nextMs(): number {
    return this.#queue.nextMs;
  }

  impair(settings: Impairment, seed: number): void {
    this.#model.set(settings, seed);
    this.#isClear = this.#model.isClear;
  }

  intercept(interceptor: Interceptor | undefined): void {
    this.#interceptor = interceptor;
  }

  /** Frames that come in while it is held stay, and go on in their order when it no longer is. */
  hold(isHeld: boolean, nowMs: number): void {
    this.#isHeld = isHeld;
    if (isHeld) return;
    for (const bytes of this.#held.splice(0)) this.#intercept(bytes, nowMs);
    this.#flush();
  }

  /** Takes all that was sent before this is called: it meets the settings that it was sent under. */
  drain(nowMs: number): void {
    // Who never stops sending must not keep the others waiting for ever.
    for (let batch = 0; batch < MAX_DRAINED_BATCHES && this.pull(nowMs) === BATCH_FRAMES; batch += 1);
  }

  /** Takes what is waiting at the socket, one batch of it, and returns how much that was. */
  pull(nowMs: number): number {
    const count = this.#received.receive(this.from);
    if (count <= 0) return 0;
    if (this.#isClear && this.#interceptor === undefined && !this.#isHeld) this.#passAll(count);
    else {
      for (let index = 0; index < count; index += 1) {
        this.#count('received');
        const bytes = this.#received.frame(index);
        this.#current = bytes;
        this.#currentAt = index;
        if (this.#isHeld) this.#keep(bytes);
        else this.#intercept(bytes, nowMs);
      }
      this.#current = undefined;
    }
    this.#flush();
    return count;
  }

  /** Sends what is due. */
  release(nowMs: number): void {
    if (this.#queue.nextMs > nowMs) return;
    for (let bytes = this.#queue.take(nowMs); bytes !== undefined; bytes = this.#queue.take(nowMs)) this.#send(bytes);
    this.#flush();
  }

  /** What was decided about a frame that was asked about. */
  settle(bytes: Uint8Array, verdict: WireVerdict, nowMs: number): void {
    this.#asked -= 1;
    this.#apply(bytes, verdict, nowMs);
    this.#flush();
  }

  #passAll(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#sending.addAt(this.#received.address(index), this.#received.length(index));
    }
    this.#count('received', count);
  }

  #keep(bytes: Uint8Array): void {
    if (this.#held.length < MOST_WAITING) this.#held.push(bytes.slice());
    else this.#count('overLimit');
  }

  #intercept(bytes: Uint8Array, nowMs: number): void {
    const interceptor = this.#interceptor;
    const index = this.#counts[COUNTS.indexOf('received')] ?? 0;
    if (interceptor === undefined) this.#impair(bytes, nowMs);
    else if (interceptor.kind === 'ask') {
      if (this.#asked >= MOST_WAITING) this.#count('overLimit');
      else {
        this.#asked += 1;
        interceptor.ask(this, bytes.slice(), index);
      }
    } else {
      try {
        const verdict = interceptor.decide(new WireFrame(bytes, this.#direction, index));
        this.#apply(bytes, requireVerdict(verdict), nowMs);
      } catch (error) {
        this.#count('dropped');
        this.#report(error);
      }
    }
  }

  #apply(bytes: Uint8Array, verdict: WireVerdict, nowMs: number): void {
    if (verdict === undefined || verdict === 'pass') this.#impair(bytes, nowMs);
    else if (verdict === 'drop' || verdict.frames?.length === 0) this.#count('dropped');
    else for (const frame of verdict.frames ?? [bytes]) this.#impair(frame, nowMs, verdict.delayMs ?? 0);
  }

  #impair(bytes: Uint8Array, nowMs: number, delayMs = 0): void {
    if (this.#isClear && delayMs === 0) {
      this.#send(bytes);
      return;
    }
    const fate = this.#model.decide(nowMs, bytes.length, this.#queue.size);
    if (fate.lost || fate.overLimit) {
      this.#count(fate.lost ? 'lost' : 'overLimit');
      return;
    }
    if (fate.reordered) this.#count('reordered');
    let arriving = bytes;
    if (fate.corruptBit >= 0) {
      arriving = bytes.slice();
      const at = fate.corruptBit >>> 3;
      arriving[at] = (arriving[at] ?? 0) ^ (1 << (fate.corruptBit & 7));
      this.#count('corrupted');
    }
    if (fate.copies > 1) this.#count('duplicated', fate.copies - 1);
    const dueMs = fate.dueMs + delayMs;
    if (dueMs > nowMs) arriving = arriving === bytes ? bytes.slice() : arriving;
    for (let copy = 0; copy < fate.copies; copy += 1) {
      if (dueMs > nowMs) this.#queue.push(dueMs, arriving);
      else this.#send(arriving);
    }
  }

  #send(bytes: Uint8Array): void {
    if (this.#sending.isFull) this.#flush();
    if (bytes === this.#current) this.#sending.addAt(this.#received.address(this.#currentAt), bytes.length);
    else this.#sending.add(bytes);
  }

  #flush(): void {
    const count = this.#sending.length;
    if (count === 0) return;
    const refused = this.#sending.flush(this.#to);
    this.#count('refused', refused);
    // Not before: who sees that a wire is empty may take it that the frames are where they were sent to.
    this.#count('delivered', count - refused);
  }

  #count(name: (typeof COUNTS)[number], by = 1): void {
    const at = COUNTS.indexOf(name);
    this.#counts[at] = (this.#counts[at] ?? 0) + by;
  }
}
