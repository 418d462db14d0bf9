import { expect, test } from 'vitest';
import { spawn } from '../../../../src/process/spawn.js';
import { fromProcess } from '../../../../src/scenarios/measures/sources/from-process.js';
import { follow } from './follow.js';

const usage = (rssBytes: number, cpuMs: number) => ({
  rssBytes,
  cpuMs,
  fds: 5,
  threads: 2,
  contextSwitches: { voluntary: 0, involuntary: 0 },
  processes: 1,
});

test('what a program uses is gauges, the processor as a share of one', async () => {
  const told = [usage(1000, 100), usage(3000, 350), usage(2000, 10), usage(2000, 10)];
  const program = { usage: () => told.shift() ?? usage(0, 0) };
  const { clock, measures, sources } = follow(fromProcess(program, { actor: 'broker', intervalMs: 500 }));
  await clock.advance(1000);
  expect(await sources.stop()).toEqual([]);
  expect(measures.results()).toMatchObject([
    { name: 'memory', unit: 'bytes', actor: 'broker', min: 1000, max: 3000, last: 2000 },
    // The second is another life of it, which has used nothing of its own yet.
    { name: 'processor', unit: '%', actor: 'broker', max: 50, last: 0 },
    { name: 'open descriptors', last: 5 },
    { name: 'threads', last: 2 },
  ]);
});

test('a program that was spawned can be followed', async () => {
  await using program = await spawn('sleep', ['60']);
  const { measures, sources } = follow(fromProcess(program));
  expect(await sources.stop()).toEqual([]);
  const [memory] = measures.results();
  expect(memory).toMatchObject({ name: 'memory', min: expect.any(Number) });
  expect(memory?.kind === 'gauge' ? memory.min : 0).toBeGreaterThan(0);
});

test('what is no program is refused', () => {
  expect(() => fromProcess(7 as never, { actr: 'x' } as never)).toThrow(
    [
      'fromProcess: 2 mistakes:',
      '  - "actr" is no option. Did you mean "actor"?',
      '  - process must be a program that was spawned; received 7',
    ].join('\n'),
  );
});
