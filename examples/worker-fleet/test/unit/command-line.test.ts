import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/command-line.ts';

const ENV = { FLEET_SECRET: 'secret' };
const parse = (line: string, env: NodeJS.ProcessEnv = ENV) => parseCommandLine(line.split(' ').filter(Boolean), env);

describe('The command line', () => {
  test('of a coordinator', () => {
    expect(parse('coordinator --store fleet.db')).toEqual({
      ...{ name: 'coordinator', store: 'fleet.db', host: undefined, port: 7400, leaseMs: 10_000, secret: 'secret' },
      ...{ retentionMs: 600_000, heartbeat: { everyMs: 5000, deadMs: 15_000 } },
    });
    expect(parse('coordinator --store f --port 0 --host ::1')).toMatchObject({ port: 0, host: '::1' });
  });

  test('of a worker', () => {
    expect(parse('worker --url ws://host:7400/fleet --name one --slots 2 --backoff-ms 10')).toMatchObject({
      ...{
        name: 'worker',
        url: 'ws://host:7400/fleet',
        worker: 'one',
        slots: 2,
        backoffBaseMs: 10,
        backoffMaxMs: 10_000,
      },
    });
  });

  test.for(['--help', 'help', 'coordinator --help'])('%s', (line) => {
    expect(parse(line, {})).toEqual({ name: 'help' });
  });

  test.for([
    ['', 'the first word must be coordinator or worker, not undefined'],
    ['serve', 'the first word must be coordinator or worker, not "serve"'],
    ['coordinator', '--store is missing: the file where tasks are kept'],
    ['coordinator --store f --port x', '--port is x, not a whole number from 0 on'],
    ['worker --url http://host', '--url is missing: ws://HOST:PORT/fleet'],
    [
      'worker --url ws://host --slots 0 --dead-ms 1.5 more',
      'nothing is known about "more"; --dead-ms is 1.5, not a whole number from 1 on; --slots is 0, not a whole number from 1 on',
    ],
    ['worker --url ws://host --colour red', "Unknown option '--colour'"],
  ])('%s tells what is wrong', ([line = '', message = '']) => {
    expect(() => parse(line)).toThrow(message);
  });

  test('without a secret nothing is begun', () => {
    expect(() => parse('coordinator --store f', {})).toThrow('FLEET_SECRET is not set');
  });
});
