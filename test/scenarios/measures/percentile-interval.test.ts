import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { Measures } from '../../../src/scenarios/measures/measures.js';
import { findRankInterval } from '../../../src/scenarios/measures/percentile-interval.js';
import type { HistogramResult } from '../../../src/scenarios/scenario-result.js';

/** The chance of at most `most` of `count`, added up with exact binomial coefficients. */
function cumulate(count: number, most: number, share: number): number {
  let sum = 0;
  let coefficient = 1n;
  for (let hits = 0; hits <= most; hits += 1) {
    sum += Number(coefficient) * share ** hits * (1 - share) ** (count - hits);
    coefficient = (coefficient * BigInt(count - hits)) / BigInt(hits + 1);
  }
  return sum;
}

test('the interval is the narrowest whose ends are passed with at most 2.5 % each', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.constantFrom(10, 50, 75, 90, 95, 99), (count, percentile) => {
      const share = percentile / 100;
      const interval = findRankInterval(count, percentile);
      if (interval === undefined) {
        const neverBelow = (1 - share) ** count > 0.025;
        const neverAbove = share ** count > 0.025;
        expect(neverBelow || neverAbove).toBe(true);
        return;
      }
      const { low, high } = interval;
      expect(cumulate(count, low - 1, share)).toBeLessThanOrEqual(0.025 + 1e-9);
      expect(cumulate(count, low, share)).toBeGreaterThan(0.025 - 1e-9);
      expect(1 - cumulate(count, high - 1, share)).toBeLessThanOrEqual(0.025 + 1e-9);
      expect(1 - cumulate(count, high - 2, share)).toBeGreaterThan(0.025 - 1e-9);
    }),
  );
});

test.each([
  // From the tables of nonparametric statistics: the ranks for the median.
  [6, 50, { low: 1, high: 6 }],
  [10, 50, { low: 2, high: 9 }],
  [20, 50, { low: 6, high: 15 }],
  [100, 50, { low: 40, high: 61 }],
  [1_000_000, 50, { low: 499_020, high: 500_981 }],
  [1_000_000, 99.9, { low: 998_938, high: 999_062 }],
])('of %i samples, the true %fth percentile lies between these ranks', (count, percentile, interval) => {
  expect(findRankInterval(count, percentile)).toEqual(interval);
});

test.each([
  [5, 50],
  [367, 99],
  [3687, 99.9],
  [0, 50],
  [100, 0],
  [100, 100],
])('of %i samples, nothing can be said of where the %fth percentile lies', (count, percentile) => {
  expect(findRankInterval(count, percentile)).toBeUndefined();
});

test('of many runs, about 95 in 100 have the true percentile in their interval', () => {
  const random = createRandom(7).fork('runs');
  const hits = { 50: 0, 90: 0, 99: 0 };
  const runs = 400;
  for (let run = 0; run < runs; run += 1) {
    const measures = new Measures({ clock: new VirtualClock() });
    const latency = measures.histogram('latency', { unit: 'ms' });
    // Exponential: its percentiles are known.
    for (let sample = 0; sample < 500; sample += 1) latency.record(-10 * Math.log(1 - random.float()));
    const [result] = measures.results() as [HistogramResult];
    for (const percentile of [50, 90, 99] as const) {
      const truth = -10 * Math.log(1 - percentile / 100);
      const { low = Number.NaN, high = Number.NaN } =
        result.percentiles.find((each) => each.percentile === percentile) ?? {};
      if (low <= truth && truth <= high) hits[percentile] += 1;
    }
  }
  for (const count of Object.values(hits)) {
    expect(count / runs).toBeGreaterThan(0.93);
    expect(count / runs).toBeLessThan(1);
  }
});

test('a percentile is within one in a thousand of the sample that has its rank', () => {
  const samples = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(samples, fc.integer({ min: 0, max: 300 }), (values, cut) => {
      const clock = new VirtualClock();
      const measures = new Measures({ clock });
      const latency = measures.histogram('latency', { unit: 'ms' });
      for (const [index, value] of values.entries()) {
        latency.record(value);
        // Slices are put together again without a loss.
        if (index === cut) measures.sample(index + 1);
      }
      const [result] = measures.results() as [HistogramResult];
      const sorted = values.toSorted((one, other) => one - other);
      for (const { percentile, value } of result.percentiles) {
        const exact = sorted[Math.max(0, Math.ceil((percentile * sorted.length) / 100) - 1)] ?? Number.NaN;
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(exact / 1000 + 1e-6);
      }
      expect([result.min, result.max]).toEqual([sorted[0], sorted.at(-1)]);
    }),
  );
});
