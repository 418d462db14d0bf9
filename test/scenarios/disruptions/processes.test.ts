import { readFileSync, statfsSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors.js';
import { createRandom } from '../../../src/core/random.js';
import { until } from '../../../src/core/until.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { within } from '../../../src/core/within.js';
import { createFakeTime } from '../../../src/process/surroundings/fake-time.js';
import { createSmallDisk } from '../../../src/process/surroundings/small-disk.js';
import { diskFull } from '../../../src/scenarios/disruptions/disk-full.js';
import { DisruptionPlan } from '../../../src/scenarios/disruptions/disruption-plan.js';
import { clockJump } from '../../../src/scenarios/disruptions/machine-disruptions.js';
import { fdLimit, kill, restart, suspend } from '../../../src/scenarios/disruptions/process-disruptions.js';
import { at } from '../../../src/scenarios/disruptions/schedules.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { begin, startSubject } from './start.js';

needsNamespaces();

const HOUR_MS = 3_600_000;
const BIG = 4_194_304;

/** Why there is no clock that jumps, where there is none. */
function findMissingFakeTime(): string | undefined {
  try {
    createFakeTime()[Symbol.dispose]();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}

/** What begins for real takes real time, and is timed from then on: the clock goes in small steps. */
async function advanceUntil(clock: VirtualClock, condition: () => boolean): Promise<void> {
  await until(async () => {
    if (!condition()) await clock.advance(10);
    return condition();
  });
}

describe('kill, suspend, restart', () => {
  test('kill: the process is gone, and cannot be killed again', async () => {
    const subject = await startSubject();
    const begun = await begin(kill(subject, { name: 'worker-1' }));
    expect(subject.process.state).toBe('ended');
    expect(await begun.end()).toEqual({ kind: 'kill', target: 'worker-1', fromMs: 0 });
    const again = await begin(kill(subject));
    expect(await again.end()).toMatchObject({
      target: 'subject',
      error: 'could not be begun: it has ended already, and cannot be killed',
    });
  });

  test('suspend: the process is frozen until the last that froze it ends', async () => {
    const subject = await startSubject();
    const clock = new VirtualClock();
    const run = new DisruptionPlan([
      at({ atMs: 0, lastsMs: 100, disrupt: suspend(subject) }),
      at({ atMs: 0, lastsMs: 200, disrupt: suspend(subject) }),
    ]).start({ clock, random: createRandom(1) });
    await clock.advance(0);
    await expect.poll(() => subject.process.state).toBe('suspended');
    const answer = subject.call('readClocks');
    await advanceUntil(clock, () => run.activeCount === 1);
    expect(await within(answer, 50)).toBe(undefined);
    await run.heal();
    expect(subject.process.state).toBe('running');
    expect((await answer).wallMs).toBeGreaterThan(0);
  });

  test('suspend: one that is killed meanwhile has nothing to go on with', async () => {
    const subject = await startSubject();
    const begun = await begin(suspend(subject), kill(subject));
    expect(await begun.end()).toEqual({ kind: 'suspend', target: 'subject', fromMs: 0, untilMs: 0 });
  });

  test('restart: it is down as long as that lasts, and another process after', async () => {
    const subject = await startSubject();
    const { pid } = subject.process;
    const begun = await begin(restart(subject, { signal: 'SIGKILL' }), restart(subject));
    expect(subject.process.state).toBe('ended');
    expect(await begun.end()).toMatchObject({ kind: 'restart', target: 'subject', details: 'with SIGKILL' });
    expect(subject.process.state).toBe('running');
    expect(subject.process.pid).not.toBe(pid);
  });

  test('restart: it is not started again when the scenario is called off', async () => {
    const subject = await startSubject();
    const clock = new VirtualClock();
    const calledOff = new AbortController();
    const plan = new DisruptionPlan([at({ atMs: 0, lastsMs: 100, disrupt: restart(subject, { signal: 'SIGKILL' }) })]);
    const run = plan.start({ clock, random: createRandom(1), signal: calledOff.signal });
    await clock.advance(0);
    await expect.poll(() => subject.process.state).toBe('ended');
    calledOff.abort();
    expect((await run.heal()).map(({ error }) => error)).toEqual([undefined]);
    expect(subject.process.state).toBe('ended');
  });
});

describe('descriptors', () => {
  test('fdLimit: one more than is left is refused with EMFILE, and its limit is as before when it ends', async () => {
    const subject = await startSubject();
    const limitOf = (): string =>
      /^Max open files.*$/m.exec(readFileSync(`/proc/${subject.process.pid}/limits`, 'utf8'))?.[0] ?? '';
    const before = limitOf();
    const begun = await begin(fdLimit(subject, { spare: 3 }));
    expect(await subject.call('openFiles', 100)).toEqual({ count: 3, code: 'EMFILE' });
    expect(await begun.end()).toMatchObject({ kind: 'descriptor limit', target: 'subject', details: '3 more' });
    expect(await subject.call('openFiles', 100)).toEqual({ count: 100, code: undefined });
    expect(limitOf()).toBe(before);
  });

  test('fdLimit: of two at a time the tighter counts, whichever ends first', async () => {
    const subject = await startSubject();
    const clock = new VirtualClock();
    const run = new DisruptionPlan([
      at({ atMs: 0, lastsMs: 100, disrupt: fdLimit(subject, { spare: 2 }) }),
      at({ atMs: 0, lastsMs: 200, disrupt: fdLimit(subject, { spare: 5 }) }),
    ]).start({ clock, random: createRandom(1) });
    await clock.advance(0);
    expect((await subject.call('openFiles', 100)).count).toBe(2);
    await clock.advance(100);
    expect((await subject.call('openFiles', 100)).count).toBe(5);
    await clock.advance(100);
    expect((await subject.call('openFiles', 100)).count).toBe(100);
    expect((await run.heal()).map(({ error }) => error)).toEqual([undefined, undefined]);
  });
});

describe('disks', () => {
  test('diskFull: a write is refused with ENOSPC by the kernel, until it ends', async () => {
    using disk = createSmallDisk({ sizeBytes: 1_048_576 });
    const subject = await startSubject({ descriptors: { 7: disk } });
    const folder = `${disk.pathAt(7)}/data`;
    expect(await subject.call('write', folder, BIG)).toBe('ENOSPC');
    expect(await subject.call('write', folder, 8192)).toBe(undefined);

    const begun = await begin(diskFull(disk, { name: 'subject' }));
    expect(await subject.call('write', `${folder}/more`, 4096)).toBe('ENOSPC');
    expect(await begun.end()).toMatchObject({ kind: 'disk full', target: 'subject' });
    expect(await subject.call('write', `${folder}/more`, 4096)).toBe(undefined);
  });

  test('diskFull: of two at a time the fuller counts, and a folder of a small file system is as good', async () => {
    using disk = createSmallDisk({ sizeBytes: 1_048_576 });
    const clock = new VirtualClock();
    const run = new DisruptionPlan([
      at({ atMs: 0, lastsMs: 100, disrupt: diskFull(disk.path, { leaveBytes: 10_000 }) }),
      at({ atMs: 0, lastsMs: 200, disrupt: diskFull(disk.path, { leaveBytes: 100_000 }) }),
    ]).start({ clock, random: createRandom(1) });
    const free = (): number => statfsSync(disk.path).bavail * 4096;
    await clock.advance(0);
    await expect.poll(free).toBe(12_288);
    await advanceUntil(clock, () => run.activeCount === 1);
    expect(free()).toBe(102_400);
    expect((await run.heal()).map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(free()).toBe(1_048_576);
  });

  test('a small disk refuses sizes that are none, and more files than it has', async () => {
    const make = () => createSmallDisk({ sizeBytes: 10, mostFiles: 0 });
    expect(make).toThrow(
      'createSmallDisk: 2 mistakes:\n  - sizeBytes must be a whole number, 4096 or more; received 10\n  - mostFiles must be a whole number, 1 or more; received 0',
    );
    using disk = createSmallDisk({ sizeBytes: 1_048_576, mostFiles: 1 });
    const subject = await startSubject({ descriptors: { 7: disk } });
    expect(await subject.call('write', disk.pathAt(7), 1)).toBe(undefined);
    expect(await subject.call('write', `${disk.pathAt(7)}/more`, 1)).toBe('ENOSPC');
    disk[Symbol.dispose]();
    expect(() => disk.path).toThrow('SmallDisk is closed');
  });
});

describe('clocks', () => {
  const missing = findMissingFakeTime();
  beforeEach(({ skip }) => skip(missing !== undefined, missing));

  test('clockJump: the time of day jumps and jumps back, and the monotonic clock goes on', async () => {
    using time = createFakeTime();
    const subject = await startSubject({ env: time.env });
    const aheadMs = async (): Promise<number> => {
      const { wallMs } = await subject.call('readClocks');
      return Math.round((wallMs - Date.now()) / 10_000) * 10_000 + 0;
    };
    expect(await aheadMs()).toBe(0);
    const before = await subject.call('readClocks');
    const begun = await begin(clockJump(time, { byMs: HOUR_MS, name: 'subject' }));
    expect(await aheadMs()).toBe(HOUR_MS);
    const after = await subject.call('readClocks');
    expect(after.monotonicMs - before.monotonicMs).toBeLessThan(60_000);
    const back = await begin(clockJump(time, { byMs: -2 * HOUR_MS }));
    expect(await aheadMs()).toBe(-HOUR_MS);
    await begun.end();
    await back.end();
    expect(await aheadMs()).toBe(0);
  });

  test('a clock that is closed cannot jump, and an offset is a number', () => {
    const time = createFakeTime();
    expect(() => time.set(Number.NaN)).toThrow(
      'FakeTime.set: offsetMs must be a finite number of milliseconds; received NaN',
    );
    time[Symbol.dispose]();
    time[Symbol.dispose]();
    expect(() => time.set(5)).toThrow('FakeTime is closed');
  });
});
