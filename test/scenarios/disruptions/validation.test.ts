import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { FaultPlan } from '../../../src/faults/plan.js';
import { diskFull } from '../../../src/scenarios/disruptions/disk-full.js';
import type { Disruption } from '../../../src/scenarios/disruptions/disruption.js';
import { DisruptionPlan } from '../../../src/scenarios/disruptions/disruption-plan.js';
import { corrupt, linkDown, lossy, slow } from '../../../src/scenarios/disruptions/link-disruptions.js';
import { clockJump, injectFault } from '../../../src/scenarios/disruptions/machine-disruptions.js';
import { partition, resetConnections } from '../../../src/scenarios/disruptions/network-disruptions.js';
import { fdLimit, kill, restart, suspend } from '../../../src/scenarios/disruptions/process-disruptions.js';
import type { DisruptionSchedule } from '../../../src/scenarios/disruptions/schedule.js';
import { at, every, randomly } from '../../../src/scenarios/disruptions/schedules.js';
import { when } from '../../../src/scenarios/disruptions/when.js';

/** What a test written in JavaScript may pass. */
function wrong<T>(value: unknown): T {
  return value as T;
}

const disrupt: Disruption = { kind: 'test', target: 'a', begin: () => {} };
const link = { name: 'uplink', down: () => {}, up: () => {}, impair: () => ({ [Symbol.dispose]: () => {} }) };
const process = {
  state: 'running',
  command: 'worker',
  kill: async () => {},
  stop: async () => {},
  restart: async () => {},
  suspend: async () => {},
  resume: async () => {},
  pids: () => [],
};
const lab = { hosts: { a: 1, b: 2, c: 3 }, routers: {}, partition: () => ({ dropped: 0, heal: () => {} }) };

describe('mistakes that are found before anything begins', () => {
  test.each<readonly [string, () => unknown, string]>([
    [
      'at',
      () => at({ atMs: -1, lastsMs: Number.NaN, disrupt: wrong(undefined) }),
      'at: 3 mistakes:\n  - atMs must be a finite number of milliseconds, 0 or more; received -1\n  - lastsMs must be a finite number of milliseconds, 0 or more; received NaN\n  - disrupt must be a disruption, such as linkDown(link); received undefined',
    ],
    ['no options', () => at(wrong(undefined)), 'at: options must be an object; received undefined'],
    [
      'every',
      () => every(wrong({ periodMs: 0, times: 1.5, lastMs: 5, disrupt })),
      'every: 4 mistakes:\n  - "lastMs" is no option. Did you mean "lastsMs" or "firstMs"?\n  - periodMs must be a finite number of milliseconds above 0; received 0\n  - times must be a whole number above 0; received 1.5\n  - lastsMs must be given: the first "test" would last to the end of the scenario',
    ],
    [
      'randomly',
      () => randomly({ meanMs: 5, fromMs: 9, untilMs: 3, lastsMs: { minMs: 4, maxMs: 1 }, disrupt }),
      'randomly: 2 mistakes:\n  - fromMs must not be above untilMs; received 9 and 3\n  - lastsMs.minMs must not be above lastsMs.maxMs; received {"minMs":4,"maxMs":1}',
    ],
    ['when', () => when(wrong(true), { disrupt }), 'when: condition must be a function; received true'],
    ['nothing to do', () => at({ atMs: 1, disrupt: [] }), 'at: disrupt must not be empty; received []'],
    [
      'a kill that lasts',
      () => at({ atMs: 1, lastsMs: 5, disrupt: kill(process) }),
      'at: lastsMs must be left out: a "kill" has no end; received 5',
    ],
    [
      'a plan of disruptions instead of schedules',
      () => new DisruptionPlan([wrong(linkDown(link)), wrong(5)]),
      'DisruptionPlan: 2 mistakes:\n  - schedules[0] must be a schedule, such as every({ … }); received {"kind":"link down","target":"uplink"}. It is a disruption: say when, such as at({ atMs: 1000, disrupt: … })\n  - schedules[1] must be a schedule, such as every({ … }); received 5',
    ],
    [
      'no list',
      () => new DisruptionPlan(wrong(undefined)),
      'DisruptionPlan: schedules must be a list, such as [every({ … })]; received undefined',
    ],
    [
      'a run without clock and random',
      () => new DisruptionPlan([]).start(wrong({ limitMs: 0 })),
      'DisruptionPlan.start: 3 mistakes:\n  - clock must be a Clock; received undefined\n  - random must be made by createRandom(seed); received undefined\n  - limitMs must be a finite number of milliseconds above 0; received 0',
    ],
    [
      'an unknown link',
      () => linkDown(wrong(undefined)),
      'linkDown: link must be one of a lab, such as lab.links.uplink; received undefined',
    ],
    [
      'slow by nothing',
      () => slow(link, {}),
      'slow: give delayMs, with or without jitterMs, or rateBitsPerSecond, such as { delayMs: 20 }',
    ],
    [
      'slow by what no link can',
      () => slow(link, { delayMs: -4, rateBitsPerSecond: 1, direction: wrong('up') }),
      'slow: direction must be "both" or "aToB" or "bToA"; received "up"',
    ],
    [
      'slow out of range',
      () => slow(link, { delayMs: -4 }),
      'slow: both.delayMs must be a number from 0 to 21600000; received -4',
    ],
    [
      'lossy',
      () => lossy(link, { percent: 0 }),
      'lossy: percent must be a number above 0, and at most 100; received 0',
    ],
    [
      'corrupt',
      () => corrupt(link, wrong({ percentage: 5 })),
      'corrupt: 2 mistakes:\n  - "percentage" is no option. Did you mean "percent"?\n  - percent must be a number above 0, and at most 100; received undefined',
    ],
    [
      'a partition of an unknown host',
      () => partition(lab, ['a'], ['d']),
      'lab.partition: group 2: "d" is no host or router. Did you mean "a" or "b" or "c"?',
    ],
    [
      'no lab',
      () => partition(wrong<typeof lab>(null), ['a'], ['b']),
      'partition: lab must be one that createLab gave; received null',
    ],
    [
      'a reset by what is no filter',
      () => resetConnections({ resetConnections: () => [] }, { port: 70_000 }),
      'resetConnections: filter.port must be a whole number from 0 to 65535; received 70000',
    ],
    [
      'a kill of nothing',
      () => kill(wrong(undefined)),
      'kill: target must be a process, such as spawn() and startWorker() give; received undefined',
    ],
    [
      'a suspend of what cannot',
      () => suspend(wrong({ state: 'running', suspend: () => {} }), wrong({ nmae: 'a' })),
      'suspend: 2 mistakes:\n  - target must be a process, such as spawn() and startWorker() give; received {"state":"running"}, which has no resume()\n  - "nmae" is no option. Did you mean "name"?',
    ],
    [
      'a restart by a signal that there is not',
      () => restart(process, { signal: wrong(15), timeoutMs: -1 }),
      'restart: 2 mistakes:\n  - signal must be the name of one, such as "SIGTERM"; received 15\n  - timeoutMs must be a finite number of milliseconds, 0 or more; received -1',
    ],
    [
      'fdLimit',
      () => fdLimit(process, { spare: -1, name: '' }),
      'fdLimit: 2 mistakes:\n  - name must be a string that is not empty; received ""\n  - spare must be a whole number of descriptors, 0 or more; received -1',
    ],
    [
      'a clock that does not jump',
      () => clockJump(wrong({}), { byMs: 0 }),
      'clockJump: 2 mistakes:\n  - time must be made by createFakeTime(); received {}\n  - byMs must be a finite number of milliseconds other than 0; received 0',
    ],
    [
      'a disk that is everybody’s',
      () => diskFull('/', { mostBytes: 4096 }),
      expect.stringMatching(
        /^diskFull: "\/" has room for \d+ bytes, more than mostBytes, 4096: to fill it would harm all who use that disk\. Use createSmallDisk\(\)/,
      ),
    ],
    [
      'a disk that is not there',
      () => diskFull('/nowhere', { leaveBytes: -1 }),
      'diskFull: 2 mistakes:\n  - leaveBytes must be a whole number of bytes, 0 or more; received -1\n  - disk must be made by createSmallDisk(), or be the path of a folder; "/nowhere" cannot be looked at: ENOENT: no such file or directory, stat \'/nowhere\'',
    ],
    [
      'a fault at an unknown point',
      () => injectFault(new FaultPlan(), wrong<'wire.frame'>('store.write'), { before: 'EIO' }),
      'FaultPlan.descriptor: no point is declared on this plan yet; received "store.write". Make the fake or the instrumented object with this plan first',
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });

  test('what a schedule of a test’s own gets wrong is found by the plan', () => {
    const own: DisruptionSchedule = { description: 'own', disrupt: wrong({ kind: '' }), follow: async () => {} };
    expect(() => new DisruptionPlan([own])).toThrow(
      'DisruptionPlan: 3 mistakes:\n  - schedules[0].disrupt.kind must be a string that is not empty; received ""\n  - schedules[0].disrupt.target must be a string that is not empty; received undefined\n  - schedules[0].disrupt.begin must be a function; received undefined',
    );
  });

  test('a plan without schedules is over at once', async () => {
    const plan = new DisruptionPlan([]);
    expect(await plan.run({ clock: new VirtualClock(), random: createRandom(1) })).toEqual([]);
  });
});
