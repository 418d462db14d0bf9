import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import type { Disruption } from '../../../src/scenarios/disruptions/disruption.js';
import { DisruptionPlan } from '../../../src/scenarios/disruptions/disruption-plan.js';
import { at, every, randomly } from '../../../src/scenarios/disruptions/schedules.js';
import { when } from '../../../src/scenarios/disruptions/when.js';
import { noted, startOn, type Trace } from './fakes.js';

describe('schedules', () => {
  test('at: begins once at its moment since the scenario began, and lasts as long as it says', async () => {
    const trace: Trace = { steps: [] };
    const { clock, run } = startOn([at({ atMs: 100, lastsMs: 50, disrupt: noted(trace) })]);
    await clock.advance(99);
    expect(trace.steps).toEqual([]);
    await clock.advance(1);
    expect(run.records()).toEqual([{ kind: 'test', target: 'a', fromMs: 100 }]);
    await clock.advance(50);
    await run.completed;
    expect(trace.steps).toEqual(['begin a', 'end a']);
    expect(run.records()).toEqual([{ kind: 'test', target: 'a', fromMs: 100, untilMs: 150 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('every: begins at fixed moments, however long a beginning takes', async () => {
    const slow: Disruption = {
      kind: 'slow',
      target: 'a',
      begin: ({ clock }) => clock.sleep(30),
    };
    const { clock, run } = startOn([every({ periodMs: 100, lastsMs: 20, times: 3, disrupt: slow })]);
    await clock.advance(1000);
    expect(run.records().map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual([
      [100, 150],
      [200, 250],
      [300, 350],
    ]);
    await run.completed;
  });

  test('every: what was missed while the clock jumped is passed over', async () => {
    const trace: Trace = { steps: [] };
    let nowMs = 0;
    let fire: (() => void) | undefined;
    const jumpy = {
      now: () => nowMs,
      setTimer: (callback: () => void) => {
        fire = callback;
        return { cancel: () => {} };
      },
      sleep: () =>
        new Promise<void>((resolve) => {
          fire = resolve;
        }),
    };
    const random = createRandom(1);
    const plan = new DisruptionPlan([every({ periodMs: 10, disrupt: noted(trace, 'a', { lasts: 'none' }) })]);
    const run = plan.start({ clock: jumpy, random });
    nowMs = 1000;
    fire?.();
    await new Promise(setImmediate);
    nowMs = 1001;
    fire?.();
    await new Promise(setImmediate);
    expect(run.records().map(({ fromMs }) => fromMs)).toEqual([1000, 1001]);
    await run.heal();
  });

  test('randomly: the same seed gives the same moments, another seed others, and the mean is what was asked for', async () => {
    const momentsOf = async (seed: number, beside: boolean): Promise<readonly number[]> => {
      const trace: Trace = { steps: [] };
      const schedule = randomly({ meanMs: 100, lastsMs: { minMs: 1, maxMs: 9 }, disrupt: noted(trace) });
      const others = beside ? [randomly({ meanMs: 50, lastsMs: 1, disrupt: noted(trace, 'b') })] : [];
      const { clock, run } = startOn([schedule, ...others], { seed });
      await clock.advance(20_000);
      const records = await run.heal();
      return records.filter(({ target }) => target === 'a').flatMap(({ fromMs, untilMs = 0 }) => [fromMs, untilMs]);
    };
    const moments = await momentsOf(7, false);
    expect(moments.length / 2).toBeGreaterThan(150);
    expect(moments.length / 2).toBeLessThan(250);
    expect(await momentsOf(7, true)).toEqual(moments);
    expect(await momentsOf(8, false)).not.toEqual(moments);
  });

  test('randomly: a function chooses anew for each occasion, by the seed', async () => {
    const targetsOf = async (seed: number): Promise<string> => {
      const trace: Trace = { steps: [] };
      const all = ['a', 'b', 'c'].map((name) => noted(trace, name));
      const { clock, run } = startOn([every({ periodMs: 10, lastsMs: 1, disrupt: (random) => random.pick(all) })], {
        seed,
      });
      await clock.advance(200);
      return (await run.heal()).map(({ target }) => target).join('');
    };
    const targets = await targetsOf(7);
    expect(new Set(targets)).toEqual(new Set(['a', 'b', 'c']));
    expect(await targetsOf(7)).toBe(targets);
    expect(await targetsOf(9)).not.toBe(targets);
  });

  test('when: begins once its condition is met; each further time only after it was not', async () => {
    const trace: Trace = { steps: [] };
    let level = 0;
    const { clock, run } = startOn([when(() => level > 5, { times: 2, lastsMs: 10, disrupt: noted(trace) })]);
    await clock.advance(100);
    level = 6;
    await clock.advance(100);
    expect(trace.steps).toEqual(['begin a', 'end a']);
    level = 0;
    await clock.advance(50);
    level = 9;
    await clock.advance(50);
    expect(run.records().map(({ fromMs }) => fromMs)).toEqual([110, 260]);
    await run.completed;
  });

  test('what never began is told when the scenario ends, with the reason', async () => {
    const trace: Trace = { steps: [] };
    const fail = (): boolean => {
      throw new Error('no such measure');
    };
    const { clock, run } = startOn([
      at({ atMs: 5000, disrupt: noted(trace, 'a') }),
      when(fail, { description: 'half is done', disrupt: noted(trace, 'b') }),
      when(() => false, { optional: true, disrupt: noted(trace, 'c') }),
      randomly({ meanMs: 100_000, lastsMs: 1, disrupt: noted(trace, 'd') }),
    ]);
    await clock.advance(1000);
    expect(await run.heal()).toEqual([
      {
        kind: 'test',
        target: 'a',
        fromMs: 1000,
        untilMs: 1000,
        error: 'never begun, for the scenario ended before 5000 ms',
      },
      {
        kind: 'test',
        target: 'b',
        fromMs: 1000,
        untilMs: 1000,
        error: 'never begun, for it was to begin once half is done; its last look failed: [Error: no such measure]',
      },
    ]);
    expect(trace.steps).toEqual([]);
  });

  test('several disruptions of one schedule begin together, each with its own record', async () => {
    const trace: Trace = { steps: [] };
    const { clock, run } = startOn([at({ atMs: 1, lastsMs: 5, disrupt: [noted(trace, 'a'), noted(trace, 'b')] })]);
    await clock.advance(10);
    expect(trace.steps).toEqual(['begin a', 'begin b', 'end a', 'end b']);
    expect(run.records()).toHaveLength(2);
  });
});

describe('the end of a scenario', () => {
  test('takes back everything that is in effect, the newest first, and begins nothing more', async () => {
    const trace: Trace = { steps: [] };
    const { clock, run } = startOn([
      at({ atMs: 1, disrupt: noted(trace, 'a') }),
      at({ atMs: 2, disrupt: noted(trace, 'b') }),
      every({ periodMs: 10, lastsMs: 3, disrupt: noted(trace, 'c') }),
    ]);
    await clock.advance(11);
    expect(run.activeCount).toBe(3);
    const records = await run.heal();
    expect(trace.steps).toEqual(['begin a', 'begin b', 'begin c', 'end c', 'end b', 'end a']);
    expect(records.every(({ untilMs }) => untilMs === 11)).toBe(true);
    await clock.advance(1000);
    expect(await run.heal()).toEqual(records);
    expect(clock.pendingTimers).toBe(0);
    expect(run.activeCount).toBe(0);
  });

  test('a run that is called off takes everything back at once, and says so to what it takes back', async () => {
    const trace: Trace = { steps: [] };
    const seen: boolean[] = [];
    const calledOff = new AbortController();
    const watchful: Disruption = {
      kind: 'watchful',
      target: 'b',
      begin: (context) => {
        context.defer(() => {
          seen.push(context.isCalledOff, context.signal.aborted);
        });
      },
    };
    const { clock, run } = startOn(
      [at({ atMs: 1, disrupt: [noted(trace), watchful] }), at({ atMs: 5000, disrupt: noted(trace, 'c') })],
      { signal: calledOff.signal },
    );
    await clock.advance(5);
    calledOff.abort(new Error('Ctrl-C'));
    await run.completed;
    expect(await run.heal()).toEqual([
      { kind: 'test', target: 'a', fromMs: 1, untilMs: 5 },
      { kind: 'watchful', target: 'b', fromMs: 1, untilMs: 5 },
    ]);
    expect(trace.steps).toEqual(['begin a', 'end a']);
    expect(seen).toEqual([true, true]);
  });

  test('a run whose signal was aborted before it began begins nothing', async () => {
    const trace: Trace = { steps: [] };
    const { clock, run } = startOn([at({ atMs: 0, disrupt: noted(trace) })], { signal: AbortSignal.abort() });
    await clock.advance(10);
    expect(await run.heal()).toEqual([]);
    expect(trace.steps).toEqual([]);
  });

  test('run() resolves with the records when all that has an end has ended', async () => {
    const trace: Trace = { steps: [] };
    const clock = new VirtualClock();
    const plan = new DisruptionPlan([
      at({ atMs: 5, lastsMs: 5, disrupt: noted(trace) }),
      at({ atMs: 7, disrupt: noted(trace, 'b') }),
    ]);
    const records = plan.run({ clock, random: createRandom(1) });
    await clock.advance(20);
    expect((await records).map(({ target, untilMs }) => [target, untilMs])).toEqual([
      ['a', 10],
      ['b', 10],
    ]);
  });
});

describe('what goes wrong', () => {
  test('one whose beginning throws half-way takes back the steps that it had done, and its record says why', async () => {
    const trace: Trace = { steps: [] };
    const halfWay: Disruption = {
      kind: 'half',
      target: 'a',
      begin: ({ defer }) => {
        trace.steps.push('first step');
        defer(() => {
          trace.steps.push('first step back');
        });
        throw new Error('no second step');
      },
    };
    const { clock, run } = startOn([
      at({ atMs: 1, disrupt: halfWay }),
      at({ atMs: 2, lastsMs: 1, disrupt: noted(trace, 'b') }),
    ]);
    await clock.advance(10);
    await run.completed;
    expect(trace.steps).toEqual(['first step', 'first step back', 'begin b', 'end b']);
    expect(await run.heal()).toEqual([
      { kind: 'half', target: 'a', fromMs: 1, untilMs: 1, error: 'could not be begun: no second step' },
      { kind: 'test', target: 'b', fromMs: 2, untilMs: 3 },
    ]);
  });

  test('one that cannot be taken back stops no other, and its record says why', async () => {
    const trace: Trace = { steps: [] };
    const stuck: Disruption = {
      kind: 'stuck',
      target: 'a',
      begin: ({ defer }) => {
        defer(() => {
          throw new Error('first');
        });
        return () => Promise.reject(new Error('second'));
      },
    };
    const { clock, run } = startOn([at({ atMs: 1, disrupt: [noted(trace, 'b'), stuck] })]);
    await clock.advance(1);
    expect((await run.heal()).map(({ error }) => error)).toEqual([undefined, 'could not be taken back: second; first']);
    expect(trace.steps).toEqual(['begin b', 'end b']);
  });

  test('one that never answers is given up, and taken back when it does answer', async () => {
    const trace: Trace = { steps: [] };
    let answer = (): void => {};
    const late: Disruption = {
      kind: 'late',
      target: 'a',
      begin: () =>
        new Promise((resolve) => {
          answer = () => resolve(() => void trace.steps.push('taken back'));
        }),
    };
    const { clock, run } = startOn([at({ atMs: 1, disrupt: late })], { limitMs: 20 });
    await clock.advance(1);
    expect((await run.heal()).map(({ error }) => error)).toEqual(['has not begun after 20 ms']);
    answer();
    await new Promise(setImmediate);
    expect(trace.steps).toEqual(['taken back']);
  });

  test('one that is never taken back is given up, and holds nothing up', async () => {
    const stuck: Disruption = { kind: 'stuck', target: 'a', begin: () => () => new Promise(() => {}) };
    const { clock, run } = startOn([at({ atMs: 1, disrupt: stuck })], { limitMs: 20 });
    await clock.advance(1);
    expect((await run.heal()).map(({ error }) => error)).toEqual(['has not been taken back after 20 ms']);
  });

  test('a choice that fails, and a schedule that fails, are recorded', async () => {
    const broken = {
      ...at({ atMs: 0, disrupt: () => [] }),
      description: 'broken',
      follow: () => Promise.reject(new Error('no')),
    };
    const fail = (): never => {
      throw new Error('nobody is left');
    };
    const { clock, run } = startOn([
      at({ atMs: 1, disrupt: fail }),
      broken,
      at({ atMs: 2, disrupt: () => ({}) as Disruption }),
    ]);
    await clock.advance(5);
    expect((await run.heal()).map(({ kind, target, error }) => [kind, target, error])).toEqual([
      ['disruption', 'broken', 'its schedule failed: no'],
      ['disruption', 'at 1 ms', 'could not be chosen: nobody is left'],
      [
        'disruption',
        'at 2 ms',
        'could not be chosen: what disrupt returned: 3 mistakes:\n  - it.kind must be a string that is not empty; received undefined\n  - it.target must be a string that is not empty; received undefined\n  - it.begin must be a function; received undefined',
      ],
    ]);
  });

  test('an onChange that sees every beginning, change and end', async () => {
    const seen: string[] = [];
    const trace: Trace = { steps: [] };
    const { clock, run } = startOn(
      [at({ atMs: 1, lastsMs: 1, disrupt: noted(trace, 'a', { begin: ({ describe }) => describe('two of them') }) })],
      { onChange: ({ details, untilMs }, all) => seen.push(`${details} ${untilMs} ${all.length}`) },
    );
    await clock.advance(5);
    await run.heal();
    expect(seen).toEqual(['undefined undefined 1', 'two of them undefined 1', 'two of them 2 1']);
  });
});

describe('disruptions of one thing that overlap', () => {
  const held = (log: string[], subject: object, value: number): Disruption => ({
    kind: 'held',
    target: 'link',
    begin: async ({ hold }) => {
      await hold<number>(subject, 'level', value, (all) => void log.push(all.join('+') || 'whole'));
    },
  });

  test('are one damage, and the thing is whole when the last has ended', async () => {
    const log: string[] = [];
    const link = {};
    const { clock } = startOn([
      at({ atMs: 10, lastsMs: 30, disrupt: held(log, link, 1) }),
      at({ atMs: 20, lastsMs: 50, disrupt: held(log, link, 2) }),
      at({ atMs: 30, lastsMs: 10, disrupt: held(log, {}, 3) }),
    ]);
    await clock.advance(100);
    expect(log).toEqual(['1', '1+2', '3', '2', 'whole', 'whole']);
  });

  test('one that could not be added leaves the others in effect', async () => {
    const log: string[] = [];
    const link = {};
    const refused: Disruption = {
      kind: 'held',
      target: 'link',
      begin: async ({ hold }) => {
        await hold<number>(link, 'level', 9, (all) => {
          log.push(all.join('+'));
          if (all.includes(9)) throw new Error('EBUSY');
        });
      },
    };
    const { clock, run } = startOn([
      at({ atMs: 1, lastsMs: 10, disrupt: held(log, link, 1) }),
      at({ atMs: 2, disrupt: refused }),
    ]);
    await clock.advance(100);
    expect(log).toEqual(['1', '1+9', '1', 'whole']);
    expect(run.records()[1]?.error).toBe('could not be begun: EBUSY');
  });

  test('what is done to one thing is done in turn', async () => {
    const log: string[] = [];
    const subject = {};
    const slow = (name: string): Disruption => ({
      kind: 'turn',
      target: name,
      lasts: 'none',
      begin: ({ inTurn, clock }) =>
        inTurn(subject, async () => {
          log.push(`${name} begins`);
          await clock.sleep(10);
          log.push(`${name} ends`);
        }),
    });
    const { clock } = startOn([at({ atMs: 1, disrupt: [slow('a'), slow('b')] })]);
    await clock.advance(100);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});
