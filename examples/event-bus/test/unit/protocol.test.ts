import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../src/client/backoff.ts';
import { parseCommandLine } from '../../src/command-line.ts';
import { checkMessage } from '../../src/protocol/check-message.ts';
import { checkTopic, compilePattern } from '../../src/protocol/topics.ts';
import { numbers } from '../support/history.ts';

describe('Topics', () => {
  test.for<[string, string, boolean]>([
    ['a.b.c', 'a.b.c', true],
    ['a.b.c', 'a.b', false],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.b.b.c', false],
    ['a.*', 'a', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a.b', true],
    ['*', 'a.b', false],
    ['a.b', 'axb', false],
  ])('%s and %s: %s', ([pattern, topic, matches]) => {
    expect(compilePattern(pattern)(topic)).toBe(matches);
  });

  test.for(['', 'a..b', '.a', 'a.', 'a b', 'a.>.b', 'a*'])('%j is no pattern', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(`${JSON.stringify(pattern)} is no pattern`);
  });

  test('a pattern is no topic', () => {
    expect(() => checkTopic('a.*')).toThrow('"a.*" is no topic: words with dots between');
  });
});

describe('A message that is none is refused', () => {
  test.for<[unknown, string | RegExp]>([
    [null, 'This is no message: null'],
    [[], 'This is no message: []'],
    [{ type: 'dance' }, 'This is no message: {"type":"dance"}'],
    [{ type: 'toString' }, 'This is no message: {"type":"toString"}'],
    [{ type: 'hello', protocol: 1 }, 'name of hello is not right: undefined'],
    [{ type: 'join', topic: 'a', window: -1 }, 'window of join is not right: -1'],
    [{ type: 'submit', batch: 1, tasks: [{ id: 'x' }] }, 'tasks of submit is not right: [{"id":"x"}]'],
    [{ type: 'effect', task: 'x', lease: 1, effect: { ok: false } }, 'effect of effect is not right: {"ok":false}'],
    [{ type: 'subscribe', subscription: 1, pattern: 'a', group: '' }, 'group of subscribe is not right: ""'],
    [{ type: 'settle', tasks: ['x'.repeat(300)] }, /^tasks of settle is not right: \["x{75}\.\.\.$/],
  ])('%j', ([message, words]) => {
    expect(() => checkMessage(message)).toThrow(words);
  });
});

describe('Attempts to connect', () => {
  test('come later and later, up to a second, and not all at once', () => {
    const most = numbers(10).map((attempt) => backoffMs(attempt, () => 1));
    const least = numbers(10).map((attempt) => backoffMs(attempt, () => 0));
    expect(most).toEqual([20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000]);
    expect(least).toEqual(most.map((each) => each / 2));
  });
});

describe('A command line', () => {
  test('has defaults by which a silent collector is lost within 35 s', () => {
    const command = parseCommandLine(['broker'], {});
    expect(command).toEqual({
      bus: 'default',
      readyFd: undefined,
      name: 'broker',
      store: undefined,
      heartbeatMs: 10_000,
      buffer: { capacity: 65_536, overflow: 'block' },
    });
    expect(3 * 10_000).toBeLessThan(35_000);
  });

  test('is refused with every mistake', () => {
    expect(() =>
      parseCommandLine(['broker', '--heartbeat', '0', '--buffer', 'x', '--overflow', 'explode'], {}),
    ).toThrow(
      '--overflow must be of drop-oldest, drop-newest, block, reject, not "explode"; ' +
        '--buffer must be a whole number from 1, not "x"; --heartbeat must be a whole number from 1, not "0"',
    );
    expect(() => parseCommandLine(['collector', '--kind', 'process,disk'], {})).toThrow(
      '--kind must be of process, network, filesystem, not "disk"',
    );
    expect(() => parseCommandLine(['request', 'a.b', '{'], {})).toThrow('"{" is no JSON');
    expect(() => parseCommandLine(['publish'], {})).toThrow('publish needs a topic');
    expect(() => parseCommandLine(['dance'], {})).toThrow('There is no command "dance"');
  });
});
