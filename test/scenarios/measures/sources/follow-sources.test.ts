import { expect, test } from 'vitest';
import { VirtualClock } from '../../../../src/core/virtual-clock.js';
import { Measures } from '../../../../src/scenarios/measures/measures.js';
import { followSources } from '../../../../src/scenarios/measures/sources/follow-sources.js';
import { fromFunction } from '../../../../src/scenarios/measures/sources/from-function.js';
import type { CounterResult, GaugeResult } from '../../../../src/scenarios/scenario-result.js';
import { follow } from './follow.js';

test('a function is asked at the beginning, at its interval and at the end', async () => {
  let length = 0;
  const source = fromFunction('queue', () => length, { unit: 'tasks', intervalMs: 1000 });
  const { clock, measures, sources } = follow(source);
  for (const next of [4, 8, 2]) {
    await clock.advance(999);
    length = next;
    await clock.advance(1);
  }
  await clock.advance(500);
  length = 1;
  expect(await sources.stop()).toEqual([]);
  const [gauge] = measures.results() as [GaugeResult];
  expect(gauge).toMatchObject({ name: 'queue', unit: 'tasks', min: 0, max: 8, last: 1 });
  expect(gauge.series.values.at(-1)).toBe(1);
  await clock.runAll();
  expect(clock.pendingTimers).toBe(0);
});

test('the measures are cut into slices by the clock', async () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  const done = measures.counter('done');
  const sources = followSources([], { measures, clock, sliceMs: 100 });
  for (let step = 0; step < 5; step += 1) {
    done.add(step);
    await clock.advance(100);
  }
  await sources.stop();
  expect(measures.results()).toMatchObject([
    { series: { atMs: [0, 100, 200, 300, 400, 500], values: [0, 0, 1, 3, 6, 10] } },
  ]);
});

test('what a function throws is one problem, told with how often it was, and what it told before is kept', async () => {
  let asked = 0;
  const source = fromFunction('queue', () => {
    asked += 1;
    if (asked > 2) throw new Error(`the broker is gone for the ${asked}th time`);
    return asked;
  });
  const { clock, measures, sources } = follow(source);
  await clock.advance(4000);
  expect(sources.problems()).toHaveLength(1);
  expect(await sources.stop()).toEqual([
    {
      atMs: 2000,
      subject: 'queue',
      message: 'queue could not be read: the broker is gone for the 3th time (4 times, the last at 4000 ms)',
    },
  ]);
  expect(measures.results()).toMatchObject([{ last: 2 }]);
});

test('one that hangs is not asked again before its time is over, and does not hold up the others', async () => {
  let asked = 0;
  const hanging = fromFunction('hanging', () => {
    asked += 1;
    return new Promise(() => {});
  });
  const { clock, measures, sources } = follow(
    hanging,
    fromFunction('fine', () => 7),
  );
  await clock.advance(3500);
  expect(asked).toBe(2);
  const stopped = sources.stop();
  await clock.advance(4000);
  expect(await stopped).toEqual([
    { atMs: 2000, subject: 'hanging', message: 'hanging did not answer in 2000 ms (2 times, the last at 4000 ms)' },
  ]);
  expect(asked).toBe(2);
  expect(measures.results()).toMatchObject([{ name: 'fine', last: 7 }]);
});

test('one that may be away is a problem only when it never answered', async () => {
  let isUp = false;
  const read = (): number => {
    if (!isUp) throw new Error('connect ECONNREFUSED');
    return 3;
  };
  const returning = follow(fromFunction('coordinator', read, { mayBeAway: true }));
  await returning.clock.advance(1500);
  isUp = true;
  await returning.clock.advance(1000);
  isUp = false;
  expect(await returning.sources.stop()).toEqual([]);
  const gone = follow(fromFunction('coordinator', read, { mayBeAway: true }));
  expect(await gone.sources.stop()).toEqual([
    {
      atMs: 0,
      subject: 'coordinator',
      message: 'coordinator was never in reach: it could not be read: connect ECONNREFUSED',
    },
  ]);
});

test('a total that goes back is a problem, unless its process may start anew; it is counted on in both cases', async () => {
  const totals = [10, 15, 4, 6];
  const play = async (mayRestart: boolean) => {
    const left = [...totals];
    const { clock, measures, sources } = follow(
      fromFunction('done', () => left.shift() ?? 6, { kind: 'counter', mayRestart }),
    );
    await clock.advance(3000);
    const problems = await sources.stop();
    return { total: (measures.results()[0] as CounterResult).total, problems };
  };
  expect(await play(true)).toEqual({ total: 21, problems: [] });
  expect(await play(false)).toEqual({
    total: 21,
    problems: [
      {
        atMs: 2000,
        subject: 'done',
        message:
          'done told of "done", which only grows, 15 and then 4. If its process may start anew, say mayRestart: true',
      },
    ],
  });
});

test('what is no figure is a problem', async () => {
  const answers = [1, 'many', Number.NaN, undefined];
  const { clock, measures, sources } = follow(
    fromFunction('queue', () => answers.shift()),
    fromFunction('times', () => [1, -2, 3], { kind: 'histogram', unit: 'ms' }),
  );
  await clock.advance(3000);
  expect((await sources.stop()).map(({ message }) => message)).toEqual([
    'times told of "times" what is not a finite number, 0 or more: -2 (5 times, the last at 3000 ms)',
    'queue told of "queue" what is not a finite number: "many" (4 times, the last at 3000 ms)',
  ]);
  expect(measures.results()).toMatchObject([
    { name: 'queue', last: 1 },
    { name: 'times', count: 10 },
  ]);
});

test('two sources with one measure in two kinds: the second is a problem, and the first goes on', async () => {
  const { sources, measures } = follow(
    fromFunction('done', () => 1, { kind: 'counter' }),
    fromFunction('done', () => 1),
  );
  expect((await sources.stop()).map(({ message }) => message)).toEqual([
    'done cannot be followed: gauge: there is a counter "done" already; give this gauge another name',
  ]);
  expect(measures.results()).toMatchObject([{ kind: 'counter', total: 1 }]);
});

test('sources that are none are refused, all at once', () => {
  const clock = new VirtualClock();
  const measures = new Measures({ clock });
  expect(() =>
    followSources([{ name: 'x' } as never, { ...fromFunction('y', () => 1), intervalMs: 0 }], { measures, clock }),
  ).toThrow(
    [
      'followSources: 2 mistakes:',
      '  - sources[0] must be a source, such as fromLog(…) or fromPrometheus(…) return it; received {"name":"x"}',
      '  - sources[1].intervalMs must be a finite number of milliseconds above 0; received 0',
    ].join('\n'),
  );
  expect(() => fromFunction('', 1 as never, { interval: 5, timeoutMs: Number.NaN, kind: 'sum' } as never)).toThrow(
    [
      'fromFunction: 5 mistakes:',
      '  - timeoutMs must be a finite number of milliseconds above 0; received NaN',
      '  - options: "interval" is no option',
      '  - options.kind must be "counter", "gauge" or "histogram"; received "sum"',
      '  - name must be a text that is not empty; received ""',
      '  - read must be a function; received 1',
    ].join('\n'),
  );
  expect(clock.pendingTimers).toBe(0);
});
