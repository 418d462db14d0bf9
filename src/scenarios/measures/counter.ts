import { quote, UsageError } from '../../core/errors.js';
import type { CounterResult } from '../scenario-result.js';
import type { MeasureIdentity } from './measure-options.js';
import { roundMs, type Sliced, Slices, type Timeline } from './timeline.js';

/** Counts something that only grows. */
export class Counter implements Sliced {
  readonly #identity: MeasureIdentity;
  readonly #timeline: Timeline;
  readonly #startMs: number;
  readonly #totals: Slices<number>;
  #total = 0;

  /** @internal Use `Measures.counter`. */
  constructor(identity: MeasureIdentity, timeline: Timeline, nowMs: number) {
    this.#identity = identity;
    this.#timeline = timeline;
    this.#startMs = roundMs(nowMs);
    this.#totals = new Slices(timeline.add(this), (_, later) => later);
  }

  /** How much was counted. */
  get total(): number {
    return this.#total;
  }

  /**
   * Adds to it.
   *
   * @param amount - 0 or more. @defaultValue 1
   * @throws UsageError for anything else
   */
  add(amount = 1): void {
    if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY)) this.#refuse(amount);
    this.#total += amount;
  }

  #refuse(amount: unknown): never {
    throw new UsageError(
      `counter ${quote(this.#identity.name)}`,
      `only a finite number that is 0 or more can be added, for it only grows; received ${quote(amount)}`,
    );
  }

  /** @internal */
  closeSlice(): void {
    this.#totals.push(this.#total);
  }

  /** @internal */
  mergeSlices(): void {
    this.#totals.mergePairs();
  }

  /** @internal */
  result(nowMs: number): CounterResult {
    const points: [atMs: number, value: number][] = [[this.#startMs, 0]];
    for (const [slice, total] of this.#totals.entries()) points.push([this.#timeline.startOf(slice + 1), total]);
    points.push([nowMs, this.#total]);
    const series = points.filter(([atMs], index) => index === 0 || atMs > (points[index - 1]?.[0] ?? 0));
    return {
      kind: 'counter',
      ...this.#identity,
      total: this.#total,
      series: { atMs: series.map(([atMs]) => atMs), values: series.map(([, value]) => value) },
    };
  }
}
