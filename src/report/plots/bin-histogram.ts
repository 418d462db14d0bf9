import type { HistogramResult } from '../../scenarios/scenario-result.js';

/** A bar of a histogram. */
export interface HistogramBin {
  readonly from: number;
  readonly until: number;
  readonly count: number;
}

/** Bars of equal width on the axis that is chosen. */
export interface BinnedHistogram {
  readonly isLogarithmic: boolean;
  readonly bins: readonly HistogramBin[];
}

const BINS = 60;
/** Values that lie further apart than this would leave most of an even axis empty. */
const LOGARITHMIC_FROM = 20;

/** Puts the buckets of a distribution into bars: the buckets are as fine as was recorded, and not all of one width. */
export function binHistogram({ buckets, min, max }: HistogramResult): BinnedHistogram {
  const filled = buckets.filter(([value, count]) => count > 0 && Number.isFinite(value));
  const lowest = Math.min(min, ...filled.map(([value]) => value));
  const highest = Math.max(max, ...filled.map(([value]) => value));
  if (filled.length === 0 || !Number.isFinite(lowest) || !Number.isFinite(highest))
    return { isLogarithmic: false, bins: [] };
  const isLogarithmic = lowest > 0 && highest / lowest > LOGARITHMIC_FROM;
  const [to, from] = isLogarithmic ? [Math.log, Math.exp] : [Number, Number];
  const [start, end] = [to(lowest), to(highest)];
  // Fewer values than bars would make a comb.
  const amount = end === start ? 1 : Math.min(BINS, Math.max(8, filled.length));
  const counts = new Array<number>(amount).fill(0);
  for (const [value, count] of filled) {
    const place = end === start ? 0 : Math.min(amount - 1, Math.floor(((to(value) - start) / (end - start)) * amount));
    counts[place] = (counts[place] ?? 0) + count;
  }
  const edge = (index: number) => from(start + ((end - start) * index) / amount);
  return { isLogarithmic, bins: counts.map((count, index) => ({ from: edge(index), until: edge(index + 1), count })) };
}

/** Where a value lies on the axis of a histogram, from 0 to 1. */
export function placeOn({ isLogarithmic, bins }: BinnedHistogram, value: number): number {
  const [first, last] = [bins.at(0), bins.at(-1)];
  if (first === undefined || last === undefined || last.until === first.from) return 0.5;
  const to = isLogarithmic ? Math.log : Number;
  const place = (to(value) - to(first.from)) / (to(last.until) - to(first.from));
  return Math.min(1, Math.max(0, place));
}
