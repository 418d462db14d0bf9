import { expect, test } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { Measures } from '../../../src/scenarios/measures/measures.js';
import type {
  CounterResult,
  GaugeResult,
  HistogramResult,
  MeasureResult,
} from '../../../src/scenarios/scenario-result.js';

function only(measures: Measures): MeasureResult {
  const results = measures.results();
  expect(results).toHaveLength(1);
  return results[0] as MeasureResult;
}

/** A clock that reads what it is told, also what was before. */
function createJumpingClock(): Clock & { readMs: number } {
  const virtual = new VirtualClock();
  return {
    readMs: 1000,
    now(): number {
      return this.readMs;
    },
    setTimer: (callback, delayMs) => virtual.setTimer(callback, delayMs),
    sleep: (delayMs) => virtual.sleep(delayMs),
  };
}

test('a counter tells its total, and what it was at the end of each slice', async () => {
  const clock = new VirtualClock({ startMs: 5000 });
  const measures = new Measures({ clock });
  const done = measures.counter('tasks done', { unit: 'tasks', actor: 'worker-1', better: 'higher' });
  done.add();
  await clock.advance(100);
  measures.sample();
  done.add(2);
  await clock.advance(100);
  measures.sample();
  done.add(0.5);
  await clock.advance(50);
  expect(done.total).toBe(3.5);
  expect(only(measures)).toEqual({
    kind: 'counter',
    name: 'tasks done',
    unit: 'tasks',
    actor: 'worker-1',
    better: 'higher',
    total: 3.5,
    series: { atMs: [0, 100, 200, 250], values: [0, 1, 3, 3.5] },
  });
});

test('a counter only grows', () => {
  const done = new Measures().counter('tasks done');
  done.add(3);
  for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => done.add(amount)).toThrow(
      `counter "tasks done": only a finite number that is 0 or more can be added, for it only grows; received ${amount}`,
    );
  }
  expect(done.total).toBe(3);
});

test('the mean of a gauge counts how long it had each value, not how often it was set', async () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  const queue = measures.gauge('queue', { unit: 'tasks' });
  await clock.advance(500);
  queue.set(10);
  await clock.advance(900);
  queue.set(0);
  queue.add(-5);
  queue.add(5);
  await clock.advance(100);
  measures.sample();
  expect(only(measures)).toEqual({
    kind: 'gauge',
    name: 'queue',
    unit: 'tasks',
    min: -5,
    max: 10,
    mean: 9,
    last: 0,
    series: { atMs: [1500], values: [0] },
  });
});

test('a gauge that was never set is no result, and takes finite numbers only', () => {
  const measures = new Measures();
  const queue = measures.gauge('queue');
  expect(() => queue.set(Number.NaN)).toThrow('gauge "queue": it can be set to a finite number only; received NaN');
  expect(() => queue.add(Number.NEGATIVE_INFINITY)).toThrow('received -Infinity');
  expect(queue.last).toBeUndefined();
  expect(measures.results()).toEqual([]);
});

test('a histogram of milliseconds tells a microsecond and an hour from their neighbours', () => {
  const measures = new Measures({ clock: new VirtualClock() });
  const latency = measures.histogram('latency', { unit: 'ms' });
  for (const sample of [0.001, 0.002, 3_600_000]) latency.record(sample);
  const result = only(measures) as HistogramResult;
  expect(result).toMatchObject({ count: 3, min: 0.001, max: 3_600_000 });
  expect(result.buckets).toEqual([
    [0.001, 1],
    [0.002, 1],
    [3_600_000, 1],
  ]);
  expect(result.percentiles[0]).toEqual({ percentile: 50, value: 0.002 });
});

test('the mean and the deviation of a histogram are those of its samples, also of large ones that lie close', () => {
  const measures = new Measures();
  const size = measures.histogram('size', { unit: 'bytes', resolution: 1 });
  for (const sample of [1e12 + 2, 1e12 + 4, 1e12 + 4, 1e12 + 4, 1e12 + 5, 1e12 + 5, 1e12 + 7, 1e12 + 9])
    size.record(sample);
  const { mean, standardDeviation, min, max } = only(measures) as HistogramResult;
  expect({ mean, standardDeviation, min, max }).toEqual({
    mean: 1e12 + 5,
    standardDeviation: 2,
    min: 1e12 + 2,
    max: 1e12 + 9,
  });
});

test('several of the same sample count as if they came one by one', () => {
  const many = new Measures({ clock: new VirtualClock() });
  const single = new Measures({ clock: new VirtualClock() });
  many.histogram('latency', { unit: 'ms' }).recordMany(3, 1);
  many.histogram('latency', { unit: 'ms' }).recordMany(5.5, 4);
  for (const sample of [3, 5.5, 5.5, 5.5, 5.5]) single.histogram('latency', { unit: 'ms' }).record(sample);
  expect(many.results()).toEqual(single.results());
  expect(() => many.histogram('latency', { unit: 'ms' }).recordMany(1, 1.5)).toThrow(
    'histogram "latency": count must be a whole number above 0; received 1.5',
  );
});

test('a sample that is no number, negative or too large is refused and leaves everything as it was', () => {
  const measures = new Measures({ clock: new VirtualClock() });
  const latency = measures.histogram('latency', { unit: 'ms' });
  latency.record(1);
  const before = measures.results();
  for (const sample of [-0.001, Number.NaN, Number.POSITIVE_INFINITY, 1e13]) {
    expect(() => latency.record(sample)).toThrow(
      `histogram "latency": a sample must be a number from 0 to 9007199254.740992; received ${sample}`,
    );
  }
  expect(measures.results()).toEqual(before);
  latency.record(9_007_199_254);
  expect(latency.count).toBe(2);
});

test('an empty histogram has no percentiles', () => {
  const measures = new Measures();
  measures.histogram('latency');
  expect(only(measures)).toEqual({
    kind: 'histogram',
    name: 'latency',
    unit: '',
    count: 0,
    min: 0,
    max: 0,
    mean: 0,
    standardDeviation: 0,
    percentiles: [],
    buckets: [],
    slices: [],
  });
});

test('percentiles have a confidence where there are enough samples to say', () => {
  const measures = new Measures();
  const latency = measures.histogram('latency', { unit: 'ms' });
  for (let sample = 1; sample <= 367; sample += 1) latency.record(sample);
  const percentiles = (only(measures) as HistogramResult).percentiles;
  expect(percentiles.filter(({ low }) => low !== undefined).map(({ percentile }) => percentile)).toEqual([
    50, 75, 90, 95,
  ]);
  const [median] = percentiles;
  // Cells are one in a thousand wide.
  expect(median?.value).toBeCloseTo(184, 0);
  expect(median?.low).toBeCloseTo(165, 0);
  expect(median?.high).toBeCloseTo(203, 0);
  latency.record(368);
  expect((only(measures) as HistogramResult).percentiles[4]).toMatchObject({
    percentile: 99,
    low: expect.closeTo(360, 0),
    high: 368,
  });
});

test('each slice of a histogram has its own samples', async () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  const latency = measures.histogram('latency', { unit: 'ms' });
  latency.record(4);
  await clock.advance(100);
  measures.sample();
  await clock.advance(100);
  measures.sample();
  latency.record(1);
  latency.record(2);
  await clock.advance(10);
  const { slices, count } = only(measures) as HistogramResult;
  expect(count).toBe(3);
  expect(slices).toEqual([
    { fromMs: 0, untilMs: 100, count: 1, p50: 4, p99: 4, max: 4 },
    { fromMs: 100, untilMs: 200, count: 0, p50: 0, p99: 0, max: 0 },
    { fromMs: 200, untilMs: 210, count: 2, p50: expect.closeTo(1, 3), p99: 2, max: 2 },
  ]);
});

test('a histogram times work on the clock of the run, and takes no time of work that failed', async () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  const latency = measures.histogram('latency', { unit: 's' });
  const work = latency.time(() => clock.sleep(250).then(() => 'done'));
  await clock.advance(250);
  expect(await work).toBe('done');
  await expect(latency.time(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(only(measures)).toMatchObject({ count: 1, max: 0.25 });
  await expect(measures.histogram('size', { unit: 'bytes' }).time(() => 1)).rejects.toThrow(
    'histogram "size": time() needs a histogram whose unit is ns, µs, ms or s; this one has "bytes"',
  );
});

test('on a clock that jumps back, time stands until it is made up for', async () => {
  const clock = createJumpingClock();
  const measures = new Measures({ clock });
  const queue = measures.gauge('queue');
  const latency = measures.histogram('latency', { unit: 'ms' });
  queue.set(1);
  clock.readMs = 1400;
  measures.sample();
  await latency.time(() => {
    clock.readMs = 200;
  });
  queue.set(3);
  measures.sample();
  latency.record(7);
  clock.readMs = 1500;
  measures.sample();
  expect(measures.results()).toMatchObject([
    { name: 'queue', mean: 1.4, series: { atMs: [400, 500], values: [1, 3] } },
    {
      name: 'latency',
      count: 2,
      min: 0,
      slices: [
        { untilMs: 400, count: 0 },
        { fromMs: 400, untilMs: 500, count: 2 },
      ],
    },
  ]);
});

test('the result of a million samples over a day is small, and has lost none', async () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  const latency = measures.histogram('latency', { unit: 'ms' });
  const done = measures.counter('done');
  const queue = measures.gauge('queue');
  for (let second = 0; second < 2000; second += 1) {
    for (let sample = 0; sample < 500; sample += 1) {
      latency.record((((second * 500 + sample) * 7919) % 1_000_003) / 997);
      done.add();
    }
    queue.set(second);
    await clock.advance(43_200);
    measures.sample();
  }
  const results = measures.results() as [HistogramResult, CounterResult, GaugeResult];
  const [histogram, counter, gauge] = results;
  expect(JSON.stringify(results).length).toBeLessThan(60_000);
  expect(histogram.count).toBe(1_000_000);
  expect(histogram.slices.reduce((sum, { count }) => sum + count, 0)).toBe(1_000_000);
  expect(histogram.buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(1_000_000);
  expect(histogram.buckets.length).toBeLessThanOrEqual(200);
  expect(
    histogram.buckets.every(([edge, count], index) => count > 0 && edge > (histogram.buckets[index - 1]?.[0] ?? 0)),
  ).toBe(true);
  expect(histogram.slices.length).toBeGreaterThan(100);
  expect(histogram.slices.length).toBeLessThanOrEqual(240);
  const lengths = new Set(histogram.slices.map(({ fromMs, untilMs }) => untilMs - fromMs));
  expect([...lengths]).toEqual([16 * 43_200]);
  expect(counter.series.values.at(-1)).toBe(1_000_000);
  expect(counter.series.atMs.length).toBeLessThanOrEqual(242);
  expect(gauge.series).toMatchObject({ atMs: { length: histogram.slices.length } });
});

test('times and slices are told with no more digits than anybody reads', async () => {
  const clock = new VirtualClock({ startMs: 0.123456 });
  const measures = new Measures({ clock });
  const latency = measures.histogram('latency', { unit: 'ms' });
  await clock.advance(100.0123456);
  measures.counter('late');
  latency.record(1.23456789012345);
  measures.sample();
  await clock.advance(0.987654);
  expect(measures.results()).toMatchObject([
    { max: 1.23456789012345, slices: [{ untilMs: 100, p99: 1.234568, max: 1.234568 }] },
    { series: { atMs: [100, 101] } },
  ]);
});

test('a measure that comes in later has its slices where they belong', async () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  for (let slice = 0; slice < 241; slice += 1) {
    if (slice === 3) measures.counter('late').add(7);
    if (slice === 3) measures.histogram('late samples').record(1);
    await clock.advance(10);
    measures.sample();
  }
  const [counter, histogram] = measures.results() as [CounterResult, HistogramResult];
  expect(counter.series.atMs.slice(0, 3)).toEqual([30, 40, 60]);
  expect(counter.series.values.slice(0, 3)).toEqual([0, 7, 7]);
  expect(histogram.slices[0]).toMatchObject({ fromMs: 20, untilMs: 40, count: 1 });
  expect(histogram.slices.at(-1)).toMatchObject({ fromMs: 2380, untilMs: 2400, count: 0 });
});

test('the same measure is given for the same name and actor, and only for the same kind and unit', () => {
  const measures = new Measures();
  const first = measures.counter('tasks', { actor: 'worker-1' });
  expect(measures.counter('tasks', { actor: 'worker-1' })).toBe(first);
  expect(measures.counter('tasks', { actor: 'worker-2' })).not.toBe(first);
  expect(() => measures.gauge('tasks', { actor: 'worker-1' })).toThrow(
    'gauge: there is a counter "tasks" of "worker-1" already; give this gauge another name',
  );
  expect(() => measures.counter('tasks', { actor: 'worker-1', unit: 'ms' })).toThrow(
    'counter: there is a counter "tasks" of "worker-1" already, and it has the unit ""; received "ms"',
  );
});

test('all mistakes of a measure are told at once', () => {
  const measures = new Measures();
  expect(() => measures.counter(undefined as never)).toThrow(
    'counter: name must be a text that is not empty; received undefined',
  );
  expect(() => measures.histogram('', { unti: 'ms', actor: '', better: 'faster' } as never)).toThrow(
    [
      'histogram: 4 mistakes:',
      '  - name must be a text that is not empty; received ""',
      '  - "unti" is no option. Did you mean "unit"?',
      '  - actor must be a text that is not empty; received ""',
      '  - better must be "higher" or "lower"; received "faster"',
    ].join('\n'),
  );
  expect(() => measures.histogram('size', { resolution: 0 })).toThrow(
    'histogram: resolution must be a finite number above 0; received 0',
  );
});
