import { quote, UsageError } from '../../core/errors.js';
import type { GaugeResult } from '../scenario-result.js';
import type { MeasureIdentity } from './measure-options.js';
import { type Sliced, Slices, type Timeline } from './timeline.js';

/** Follows something that goes up and down. */
export class Gauge implements Sliced {
  readonly #identity: MeasureIdentity;
  readonly #timeline: Timeline;
  readonly #readMs: () => number;
  /** What it read at the end of each slice; nothing before it was set. */
  readonly #ends: Slices<number | undefined>;
  #last: number | undefined;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #firstSetMs = 0;
  #lastSetMs = 0;
  /** Value by time: what the mean is made of, so that how often it is set does not count. */
  #area = 0;

  /** @internal Use `Measures.gauge`. */
  constructor(identity: MeasureIdentity, timeline: Timeline, readMs: () => number) {
    this.#identity = identity;
    this.#timeline = timeline;
    this.#readMs = readMs;
    this.#ends = new Slices(timeline.add(this), (_, later) => later);
  }

  /** What it was set to last; `undefined` before. */
  get last(): number | undefined {
    return this.#last;
  }

  /** @throws UsageError for what is no finite number */
  set(value: number): void {
    if (!Number.isFinite(value)) this.#refuse(value);
    const nowMs = this.#readMs();
    if (this.#last === undefined) this.#firstSetMs = nowMs;
    else this.#area += this.#last * (nowMs - this.#lastSetMs);
    this.#lastSetMs = nowMs;
    this.#last = value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Adds to what it reads, or takes away from it; it begins at 0. @throws UsageError for what is no finite number */
  add(amount: number): void {
    this.set((this.#last ?? 0) + amount);
  }

  #refuse(value: unknown): never {
    throw new UsageError(
      `gauge ${quote(this.#identity.name)}`,
      `it can be set to a finite number only; received ${quote(value)}`,
    );
  }

  /** @internal */
  closeSlice(): void {
    this.#ends.push(this.#last);
  }

  /** @internal */
  mergeSlices(): void {
    this.#ends.mergePairs();
  }

  /** @internal `undefined` when it was never set: there is nothing true to say. */
  result(nowMs: number): GaugeResult | undefined {
    if (this.#last === undefined) return undefined;
    const points: [atMs: number, value: number][] = [];
    for (const [slice, value] of this.#ends.entries()) {
      if (value !== undefined) points.push([this.#timeline.startOf(slice + 1), value]);
    }
    points.push([nowMs, this.#last]);
    const series = points.filter(([atMs], index) => index === 0 || atMs > (points[index - 1]?.[0] ?? 0));
    return {
      kind: 'gauge',
      ...this.#identity,
      min: this.#min,
      max: this.#max,
      mean: this.#mean(nowMs, this.#last),
      last: this.#last,
      series: { atMs: series.map(([atMs]) => atMs), values: series.map(([, value]) => value) },
    };
  }

  #mean(nowMs: number, last: number): number {
    const spanMs = nowMs - this.#firstSetMs;
    if (!(spanMs > 0)) return last;
    const mean = (this.#area + last * (nowMs - this.#lastSetMs)) / spanMs;
    // Of equal values the mean is that value, whatever rounding says.
    return Math.min(this.#max, Math.max(this.#min, mean));
  }
}
