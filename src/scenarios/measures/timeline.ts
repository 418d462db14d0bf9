/** More slices than this are never kept; when there are so many, neighbours are merged and half of them is left. */
const MOST_SLICES = 240;

/** What is cut into the same slices as all the rest. */
export interface Sliced {
  /** A slice has ended; everything since the last one is in it. */
  closeSlice(): void;
  /** Slices 0 and 1 become slice 0, 2 and 3 become 1, and so on. */
  mergeSlices(): void;
}

/**
 * The slices of time that all measures of a run share: of equal length, as often as they are asked for, and never more
 * than some hundred: the longer a run is, the longer they become.
 */
export class Timeline {
  readonly #members: Sliced[] = [];
  #endsMs: number[] = [];
  /** How many of the slices that are asked for make one of those that are kept. */
  #stride = 1;
  #pending = 0;
  #lastMs = 0;

  /** Where each slice that is over ended, in milliseconds since the run began. */
  get endsMs(): readonly number[] {
    return this.#endsMs;
  }

  /** When a slice began. */
  startOf(slice: number): number {
    return this.#endsMs[slice - 1] ?? 0;
  }

  /** @returns The number of the slice in which the member comes in. */
  add(member: Sliced): number {
    this.#members.push(member);
    return this.#endsMs.length;
  }

  /** Ends a slice. Where the clock stands or went back, it goes on instead. */
  close(atMs: number): void {
    if (!(atMs > this.#lastMs)) return;
    this.#lastMs = atMs;
    this.#pending += 1;
    if (this.#pending < this.#stride) return;
    this.#pending = 0;
    this.#endsMs.push(roundMs(atMs));
    for (const member of this.#members) member.closeSlice();
    if (this.#endsMs.length < MOST_SLICES) return;
    this.#endsMs = this.#endsMs.filter((_, index) => index % 2 === 1);
    this.#stride *= 2;
    for (const member of this.#members) member.mergeSlices();
  }
}

/** Tenths of a millisecond will do for a plot, and a result is half as long for it. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** What a measure keeps of each slice since it came in. */
export class Slices<Slice> {
  readonly #merge: (earlier: Slice, later: Slice) => Slice;
  #first: number;
  #list: Slice[] = [];

  constructor(first: number, merge: (earlier: Slice, later: Slice) => Slice) {
    this.#first = first;
    this.#merge = merge;
  }

  push(slice: Slice): void {
    this.#list.push(slice);
  }

  /** As {@link Sliced.mergeSlices} says. */
  mergePairs(): void {
    const merged = new Map<number, Slice>();
    for (const [index, slice] of this.#list.entries()) {
      const pair = (this.#first + index) >> 1;
      const earlier = merged.get(pair);
      merged.set(pair, earlier === undefined ? slice : this.#merge(earlier, slice));
    }
    this.#first >>= 1;
    this.#list = [...merged.values()];
  }

  /** With the number of each on the timeline. */
  entries(): readonly (readonly [number: number, slice: Slice])[] {
    return this.#list.map((slice, index) => [this.#first + index, slice] as const);
  }
}
