import { quote, UsageError } from '../../core/errors.js';
import type { HistogramResult, HistogramSlice, PercentileResult } from '../scenario-result.js';
import { addCells, type Cells, coarsen, Distribution, findCell, NO_CELLS } from './distribution.js';
import type { MeasureIdentity } from './measure-options.js';
import { findRankInterval } from './percentile-interval.js';
import { nanosecondsOf } from './time-units.js';
import { type Sliced, Slices, type Timeline } from './timeline.js';

const PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99];
const MOST_BUCKETS = 200;
/** For what has no unit of time. */
const DEFAULT_RESOLUTION = 1e-3;

interface Slice {
  readonly cells: Cells;
  readonly max: number;
}

/** Counts many samples of one thing, by their size. */
export class Histogram implements Sliced {
  readonly #identity: MeasureIdentity;
  readonly #timeline: Timeline;
  readonly #readMs: () => number;
  /** Cells for one unit of the samples: they are counted as whole numbers. */
  readonly #scale: number;
  readonly #limit: number;
  /** Of the slice that goes on. */
  readonly #current = new Distribution();
  readonly #slices: Slices<Slice>;
  #before: Cells = NO_CELLS;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #sliceMax = 0;
  /** Sums are taken of the difference from the first sample, so that the digits of large ones are not lost. */
  #origin = 0;
  #sum = 0;
  #sumOfSquares = 0;

  /** @internal Use `Measures.histogram`. */
  constructor(
    identity: MeasureIdentity,
    timeline: Timeline,
    options: { readonly readMs: () => number; readonly resolution: number | undefined },
  ) {
    this.#identity = identity;
    this.#timeline = timeline;
    this.#readMs = options.readMs;
    this.#scale = toScale(options.resolution, identity.unit);
    this.#limit = Number.MAX_SAFE_INTEGER / this.#scale;
    this.#slices = new Slices(timeline.add(this), mergeSlices);
  }

  /** How many samples there were. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes a sample.
   *
   * @param value - In the histogram's unit, with fractions if it has any; 0 or more.
   * @throws UsageError for what is negative, endless, no number or too large for the resolution
   */
  record(value: number): void {
    if (!(value >= 0 && value <= this.#limit)) this.#refuse(value);
    this.#current.record(Math.round(value * this.#scale));
    if (this.#count === 0) this.#origin = value;
    this.#count += 1;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value > this.#sliceMax) this.#sliceMax = value;
    const difference = value - this.#origin;
    this.#sum += difference;
    this.#sumOfSquares += difference * difference;
  }

  /** Takes the same sample several times. @throws UsageError as `record`, and for a count that is no whole number above 0 */
  recordMany(value: number, count: number): void {
    if (!(Number.isSafeInteger(count) && count > 0)) {
      throw new UsageError(this.#describe(), `count must be a whole number above 0; received ${quote(count)}`);
    }
    this.record(value);
    if (count === 1) return;
    const difference = value - this.#origin;
    this.#current.recordMany(Math.round(value * this.#scale), count - 1);
    this.#count += count - 1;
    this.#sum += difference * (count - 1);
    this.#sumOfSquares += difference * difference * (count - 1);
  }

  /**
   * Does something, and takes how long it took on the run's clock as a sample: of a clock that went back, 0. What fails
   * is no sample.
   *
   * @throws UsageError when the histogram's unit is none of time; and whatever `work` throws
   *
   * @example
   * ```ts
   * const answer = await latency.time(() => client.ask('ping'));
   * ```
   */
  async time<Result>(work: () => Result | PromiseLike<Result>): Promise<Awaited<Result>> {
    const { unit } = this.#identity;
    const nanoseconds = nanosecondsOf(unit);
    if (nanoseconds === undefined) {
      throw new UsageError(
        this.#describe(),
        `time() needs a histogram whose unit is ns, µs, ms or s; this one has ${quote(unit)}`,
      );
    }
    const startMs = this.#readMs();
    const result = await work();
    this.record((Math.max(0, this.#readMs() - startMs) * 1e6) / nanoseconds);
    return result;
  }

  #describe(): string {
    return `histogram ${quote(this.#identity.name)}`;
  }

  #refuse(value: unknown): never {
    throw new UsageError(
      this.#describe(),
      `a sample must be a number from 0 to ${this.#limit}; received ${quote(value)}`,
    );
  }

  /** @internal */
  closeSlice(): void {
    const cells = this.#current.cells();
    this.#before = addCells(this.#before, cells);
    this.#slices.push({ cells, max: this.#sliceMax });
    this.#current.empty();
    this.#sliceMax = 0;
  }

  /** @internal */
  mergeSlices(): void {
    this.#slices.mergePairs();
  }

  /** @internal */
  result(nowMs: number): HistogramResult {
    const current = this.#current.cells();
    const all = addCells(this.#before, current);
    const mean = this.#count === 0 ? 0 : this.#sum / this.#count;
    const variance = this.#count === 0 ? 0 : this.#sumOfSquares / this.#count - mean * mean;
    const isEmpty = this.#count === 0;
    return {
      kind: 'histogram',
      ...this.#identity,
      count: this.#count,
      min: isEmpty ? 0 : this.#min,
      max: this.#max,
      mean: isEmpty ? 0 : this.#clamp(this.#origin + mean),
      standardDeviation: Math.sqrt(Math.max(0, variance)),
      percentiles: isEmpty ? [] : PERCENTILES.map((percentile) => this.#toPercentile(all, percentile)),
      buckets: coarsen(all, MOST_BUCKETS).map(([index, count]) => [this.#toValue(index), count] as const),
      slices: [
        ...this.#slices
          .entries()
          .map(([number, slice]) => this.#toSlice(slice, number, this.#timeline.startOf(number + 1))),
        ...this.#toOpenSlice(current, nowMs),
      ],
    };
  }

  #toPercentile(cells: Cells, percentile: number): PercentileResult {
    const value = this.#valueAt(cells, toRank(cells.total, percentile));
    const interval = findRankInterval(cells.total, percentile);
    if (interval === undefined) return { percentile, value };
    return { percentile, value, low: this.#valueAt(cells, interval.low), high: this.#valueAt(cells, interval.high) };
  }

  #toSlice({ cells, max }: Slice, number: number, untilMs: number): HistogramSlice {
    const largest = Math.round(max * this.#scale) / this.#scale;
    const valueAt = (percentile: number): number => {
      if (cells.total === 0) return 0;
      const index = findCell(cells, toRank(cells.total, percentile));
      return Math.min(largest, this.#current.upperEdge(index) / this.#scale);
    };
    return {
      fromMs: this.#timeline.startOf(number),
      untilMs,
      count: cells.total,
      p50: valueAt(50),
      p99: valueAt(99),
      max: largest,
    };
  }

  /** Since the last slice was closed; there is none where that is now. */
  #toOpenSlice(cells: Cells, nowMs: number): readonly HistogramSlice[] {
    const number = this.#timeline.endsMs.length;
    if (cells.total === 0 || nowMs < this.#timeline.startOf(number)) return [];
    return [this.#toSlice({ cells, max: this.#sliceMax }, number, nowMs)];
  }

  #valueAt(cells: Cells, rank: number): number {
    return this.#toValue(findCell(cells, rank));
  }

  /** What stands for all samples of a cell: the largest that could be in it, or the largest that there was. */
  #toValue(index: number): number {
    return this.#clamp(this.#current.upperEdge(index) / this.#scale);
  }

  #clamp(value: number): number {
    return Math.min(this.#max, Math.max(this.#min, value));
  }
}

/** The smallest rank that at least so many percent of the samples do not exceed. */
function toRank(total: number, percentile: number): number {
  // Of 1,000 samples the 99.9th percentile is the 999th: 99.9 / 100 * 1000 is a trifle more than that.
  return Math.max(1, Math.ceil((percentile * total) / 100 - 1e-9 * total));
}

function toScale(resolution: number | undefined, unit: string): number {
  if (resolution === undefined) return nanosecondsOf(unit) ?? 1 / DEFAULT_RESOLUTION;
  const scale = 1 / resolution;
  // One by 0.000000001 is not quite a whole number, but is meant to be one.
  return Math.abs(scale - Math.round(scale)) < scale * 1e-9 ? Math.round(scale) : scale;
}

function mergeSlices(earlier: Slice, later: Slice): Slice {
  return { cells: addCells(earlier.cells, later.cells), max: Math.max(earlier.max, later.max) };
}
