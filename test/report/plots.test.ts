import { describe, expect, test } from 'vitest';
import { binHistogram, placeOn } from '../../src/report/plots/bin-histogram.js';
import { collectPlots } from '../../src/report/plots/collect-plots.js';
import { differentiate, joinTracks } from '../../src/report/plots/join-series.js';
import type { HistogramResult } from '../../src/scenarios/scenario-result.js';
import { makeChurn } from './sample-report.js';

describe('the plots of a scenario', () => {
  test('are its rates, its times and its levels, each with the disruptions', () => {
    const plots = collectPlots(makeChurn(), 's');
    expect(plots.map(({ title, unit, lines }) => [title, unit, lines.map(({ label }) => label)])).toEqual([
      ['tasks per second', 'tasks/s', ['tasks done', 'tasks given out again']],
      ['latency over time', 'ms', ['p50', 'p99', 'highest']],
      ['workers connected', 'workers', ['workers connected']],
      ['memory', 'MB', ['worker-1', 'worker-2', 'worker-3']],
    ]);
    expect(new Set(plots.map(({ shades }) => shades.length))).toEqual(new Set([11]));
  });

  test('of more actors than can be told apart have those with the highest values, and say so', () => {
    const churn = makeChurn();
    const measures = Array.from({ length: 20 }, (_, index) => ({
      kind: 'gauge' as const,
      name: 'queue',
      unit: '',
      actor: `worker-${index}`,
      min: 0,
      max: index,
      mean: index,
      last: index,
      series: { atMs: [0, 1000], values: [0, index] },
    }));
    const [plot] = collectPlots({ ...churn, measures }, 's');
    expect(plot?.lines.map(({ label }) => label)).toEqual(
      ['12', '13', '14', '15', '16', '17', '18', '19'].map((each) => `worker-${each}`),
    );
    expect(plot?.note).toBe('the 8 with the highest values, of 20');
  });
});

describe('a rate', () => {
  test('is what a total grew by per second', () => {
    expect(differentiate({ atMs: [0, 500, 1000], values: [0, 10, 40] })).toEqual({
      atMs: [500, 1000],
      values: [20, 60],
    });
  });

  test('goes on when the total begins anew, as that of a process that was started again does', () => {
    expect(differentiate({ atMs: [0, 1000, 2000], values: [0, 100, 30] }).values).toEqual([100, 30]);
  });

  test('is not taken over a moment: a last point close to the one before stands for it', () => {
    expect(differentiate({ atMs: [0, 1000, 2000, 2004], values: [0, 10, 20, 25] })).toEqual({
      atMs: [1000, 2004],
      values: [10, (15 * 1000) / 1004],
    });
  });
});

test('tracks of different times share one axis, and have no values where they were not read', () => {
  const tracks = [
    { label: 'a', series: { atMs: [0, 2], values: [1, 2] } },
    { label: 'b', series: { atMs: [1, 2], values: [3, Number.NaN] } },
  ];
  expect(joinTracks(tracks)).toEqual({
    atMs: [0, 1, 2],
    values: [
      [1, null, 2],
      [null, 3, null],
    ],
  });
});

describe('the bars of a histogram', () => {
  const of = (buckets: HistogramResult['buckets']): HistogramResult => ({
    kind: 'histogram',
    name: 'latency',
    unit: 'ms',
    count: buckets.reduce((sum, [, count]) => sum + count, 0),
    min: Math.min(...buckets.map(([value]) => value)),
    max: Math.max(...buckets.map(([value]) => value)),
    mean: 1,
    standardDeviation: 1,
    percentiles: [],
    buckets,
    slices: [],
  });

  test('hold every sample, on an axis that suits them', () => {
    const narrow = binHistogram(
      of([
        [1, 5],
        [2, 7],
        [3, 1],
      ]),
    );
    expect(narrow).toMatchObject({ isLogarithmic: false });
    expect(narrow.bins.reduce((sum, { count }) => sum + count, 0)).toBe(13);
    const wide = binHistogram(
      of([
        [0.1, 5],
        [2, 7],
        [300, 1],
      ]),
    );
    expect(wide).toMatchObject({ isLogarithmic: true });
    expect([placeOn(wide, 0.1), placeOn(wide, 300), placeOn(wide, 5000)]).toEqual([0, 1, 1]);
    expect(wide.bins.at(-1)?.count).toBe(1);
  });

  test('are one for one value, and none for none', () => {
    expect(binHistogram(of([[4, 9]])).bins).toEqual([{ from: 4, until: 4, count: 9 }]);
    expect(binHistogram(of([])).bins).toEqual([]);
  });
});
