import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/command-line.ts';

describe('The command line', () => {
  test('of a relay has defaults', () => {
    expect(parseCommandLine(['serve'], {})).toEqual({
      name: 'serve',
      runDirectory: '/run/multicast-relay',
      readyFd: undefined,
      receiveBufferBytes: 64 * 1024 * 1024,
      channelCapacityBytes: 8 * 1024 * 1024,
      channelWaitMs: 100,
      workers: ['ingress', 'egress'],
    });
  });

  test('takes the directory from the environment, and prefers what it is told', () => {
    const environment = { RELAY_RUN_DIRECTORY: '/tmp/a' };
    expect(parseCommandLine(['list'], environment)).toEqual({ name: 'list', runDirectory: '/tmp/a' });
    const told = parseCommandLine(['stats', '--run-directory', '/tmp/b'], environment);
    expect(told).toEqual({ name: 'stats', runDirectory: '/tmp/b' });
  });

  test('asks for help when it says nothing', () => {
    expect(parseCommandLine([], {})).toEqual({ name: 'help' });
  });

  test.for([
    [['start'], 'there is no command "start"; there are serve, add, remove, list, stats, ready, stop'],
    [['list', 'all'], '"all" means nothing to list'],
    [['remove'], 'remove needs the number of one rule'],
    [['remove', 'one'], 'remove needs the number of one rule'],
    [['serve', '--workers', 'egress,both'], '--workers must be of ingress, egress, not "both"'],
    [
      ['serve', '--receive-buffer', '1MB', '--channel-wait', '-'],
      '--receive-buffer must be a whole number from 0 to 1073741823, not "1MB"; ' +
        '--channel-wait must be a whole number from 0 to 60000, not "-"',
    ],
    [['serve', '--nonsense'], "Unknown option '--nonsense'"],
    [['add', '--outputs', 'devnull'], '--input-interface must be the name of an interface'],
  ] as const)('%j is refused', ([argv, message]) => {
    expect(() => parseCommandLine(argv, {})).toThrow(message);
  });
});
