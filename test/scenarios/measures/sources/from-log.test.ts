import { expect, test } from 'vitest';
import { createEmitter } from '../../../../src/core/events.js';
import type { LogLine } from '../../../../src/core/log-line.js';
import { fromLog } from '../../../../src/scenarios/measures/sources/from-log.js';
import { follow } from './follow.js';

function createLog() {
  const events = createEmitter<{ line: (line: LogLine) => void }>();
  return {
    events,
    write: (...lines: readonly string[]) => {
      for (const text of lines) events.emit('line', { stream: 'stdout', text, atMs: 0 });
    },
  };
}

test('lines that match are counted, from the beginning of the measures to their end', async () => {
  const log = createLog();
  log.write('reconnected');
  const { measures, sources } = follow(fromLog(log, /reconnected/g, { name: 'reconnections', actor: 'worker-1' }));
  log.write('reconnected', 'connected', 'reconnected in 3 ms');
  expect(await sources.stop()).toEqual([]);
  log.write('reconnected');
  expect(measures.results()).toMatchObject([{ kind: 'counter', name: 'reconnections', actor: 'worker-1', total: 2 }]);
  expect(log.events.listenerCount('line')).toBe(0);
});

test('the number of a group is a sample', async () => {
  const log = createLog();
  const { measures } = follow(fromLog(log, /done in (\d[\d.,]*) ms/, { name: 'task time', unit: 'ms' }));
  log.write('task 17 done in 4 ms', 'task 18 done in 1,234.5 ms', 'task 19 failed');
  expect(measures.results()).toMatchObject([
    { kind: 'histogram', name: 'task time', unit: 'ms', count: 2, min: 4, max: 1234.5 },
  ]);
});

test('each named group has a measure of its own, and what took no part in a match says nothing', async () => {
  const log = createLog();
  const { measures, sources } = follow(
    fromLog(log, /sent (?<sent>\d+), (?<queued>-?\d+) wait(?:, took (?<took>[\d.]+) s)?/, {
      actor: 'broker',
      groups: {
        sent: { kind: 'counter', unit: 'messages' },
        queued: { kind: 'gauge', name: 'queue' },
        took: { unit: 's', actor: 'disk' },
      },
    }),
  );
  log.write('sent 5, 3 wait', 'sent 7, 1 wait, took 0.25 s');
  expect(await sources.stop()).toEqual([]);
  expect(measures.results()).toMatchObject([
    { kind: 'counter', name: 'sent', unit: 'messages', actor: 'broker', total: 12 },
    { kind: 'gauge', name: 'queue', actor: 'broker', min: 1, max: 3, last: 1 },
    { kind: 'histogram', name: 'took', unit: 's', actor: 'disk', count: 1, max: 0.25 },
  ]);
});

test('what a line has in place of a number is a problem', async () => {
  const log = createLog();
  const { measures, sources } = follow(fromLog(log, /took (?<took>\S*) ms/, { groups: { took: { unit: 'ms' } } }));
  log.write('took ages ms', 'took  ms', 'took -5 ms', 'took 1.5.2 ms', 'took 2 ms');
  expect(await sources.stop()).toEqual([
    {
      atMs: 0,
      subject: 'the log with /took (?<took>\\S*) ms/',
      message:
        'the log with /took (?<took>\\S*) ms/ has no number for "took", but "ages", in the line "took ages ms" (4 times, the last at 0 ms)',
    },
  ]);
  expect(measures.results()).toMatchObject([{ count: 1 }]);
});

test('a pattern that cannot be what is meant is refused', () => {
  const log = createLog();
  expect(() => fromLog({} as never, 'done' as never)).toThrow(
    [
      'fromLog: 2 mistakes:',
      '  - logs must be what a program writes, such as `program.logs`; received {}',
      '  - pattern must be a regular expression; received "done"',
    ].join('\n'),
  );
  expect(() => fromLog(log, /(a) (b)/, { unti: 's', kind: 'sum', groups: { c: {} } } as never)).toThrow(
    [
      'fromLog: 5 mistakes:',
      '  - "unti" is no option. Did you mean "unit"?',
      '  - name must be a text that is not empty, for /(a) (b)/ has no named group; received undefined',
      '  - /(a) (b)/ has 2 groups: name those that are measures, (?<name>…), and make the others (?:…)',
      '  - groups.c: /(a) (b)/ has no group of that name',
      '  - kind must be "counter", "gauge" or "histogram"; received "sum"',
    ].join('\n'),
  );
});
