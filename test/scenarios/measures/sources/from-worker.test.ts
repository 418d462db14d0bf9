import { expect, test } from 'vitest';
import { RealClock } from '../../../../src/core/real-clock.js';
import { startWorker } from '../../../../src/process/workers/start-worker.js';
import { Measures } from '../../../../src/scenarios/measures/measures.js';
import { followSources } from '../../../../src/scenarios/measures/sources/follow-sources.js';
import { fromWorker } from '../../../../src/scenarios/measures/sources/from-worker.js';
import { follow } from './follow.js';

type Counting = typeof import('./child/counting.js').default;

const answers = (...list: unknown[]) => ({
  name: 'worker-1',
  call: async (_command: 'stats') => (list.length > 1 ? list.shift() : list[0]),
});

test('every number that a worker tells is a gauge of its', async () => {
  const worker = answers(
    { done: 3, queue: { length: 2, name: 'tasks' }, list: [1] },
    { done: 5, queue: { length: 0 } },
  );
  const { clock, measures, sources } = follow(fromWorker(worker, 'stats'));
  await clock.advance(1000);
  expect(await sources.stop()).toEqual([]);
  expect(measures.results()).toMatchObject([
    { kind: 'gauge', name: 'done', actor: 'worker-1', min: 3, last: 5 },
    { kind: 'gauge', name: 'queue.length', actor: 'worker-1', max: 2, last: 0 },
  ]);
});

test('what is said of a figure is done with it, and the others are left alone', async () => {
  const worker = answers({ done: 3, queue: { length: 2 }, times: [1, 2] }, { done: 1, queue: {}, times: [] });
  const { clock, measures, sources } = follow(
    fromWorker(worker, 'stats', {
      actor: 'fleet',
      measures: {
        done: { kind: 'counter', name: 'tasks done', mayRestart: true },
        times: { kind: 'histogram', unit: 'ms' },
        'queue.length': {},
      },
    }),
  );
  await clock.advance(1000);
  expect((await sources.stop()).map(({ message }) => message)).toEqual([
    'worker-1, asked for "stats" told of "queue.length" what is not a finite number: undefined (2 times, the last at 1000 ms)',
  ]);
  expect(measures.results()).toMatchObject([
    { kind: 'counter', name: 'tasks done', actor: 'fleet', total: 4 },
    { kind: 'histogram', name: 'times', actor: 'fleet', count: 2 },
    { kind: 'gauge', name: 'queue.length', last: 2 },
  ]);
});

test('an answer that is a number itself, and one that has none', async () => {
  const plain = follow(fromWorker(answers(12), 'stats', { measures: { '': { kind: 'counter' } } }));
  expect(await plain.sources.stop()).toEqual([]);
  expect(plain.measures.results()).toMatchObject([{ name: 'stats', total: 12 }]);
  const empty = follow(fromWorker(answers({ state: 'idle' }), 'stats'));
  expect((await empty.sources.stop())[0]?.message).toBe(
    'worker-1, asked for "stats" told no number: {"state":"idle"} (2 times, the last at 0 ms)',
  );
});

test('a mock worker is asked by its control channel, and one that was killed is a problem', async () => {
  await using worker = await startWorker<Counting>(new URL('./child/counting.ts', import.meta.url), {
    name: 'counting',
  });
  const clock = new RealClock();
  const measures = new Measures({ clock });
  const sources = followSources([fromWorker(worker, 'stats', { intervalMs: 10 })], { measures, clock });
  await worker.call('work', 4);
  await worker.process.kill();
  const problems = await sources.stop();
  expect(problems).toMatchObject([{ subject: 'counting, asked for "stats"' }]);
  expect(problems[0]?.message).toMatch(/could not be read: .*it cannot be asked|could not be read: .*ended/);
  expect(measures.results()).toMatchObject([{ kind: 'gauge', name: 'done', actor: 'counting' }]);
});

test('a worker or a command that is none is refused', () => {
  expect(() =>
    fromWorker({} as never, '' as never, { actr: 'x', measures: { done: { kind: 'sum' } } } as never),
  ).toThrow(
    [
      'fromWorker: 4 mistakes:',
      '  - "actr" is no option',
      '  - worker must be a mock worker; received {}',
      '  - command must be the name of a command; received ""',
      '  - measures["done"].kind must be "counter", "gauge" or "histogram"; received "sum"',
    ].join('\n'),
  );
});
