import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { flood, idle } from '../../../src/scenarios/load/flood.js';
import { burst, thunderingHerd } from '../../../src/scenarios/load/herd.js';
import type { Arrival, Load, Outcomes } from '../../../src/scenarios/load/load.js';
import { LoadRun } from '../../../src/scenarios/load/load-run.js';
import { steady } from '../../../src/scenarios/load/steady.js';
import { JumpingClock } from '../support.js';

/** A load that is under way on a virtual clock. */
function begin(given: Load | ((clock: VirtualClock) => Load)) {
  const clock = new VirtualClock();
  const load = typeof given === 'function' ? given(clock) : given;
  const latencies: number[] = [];
  const events: string[] = [];
  const problems: string[] = [];
  const run = new LoadRun(load, {
    clock,
    random: createRandom(1),
    latency: { record: (ms) => latencies.push(ms) },
    onEvent: (name, details) => events.push(`${name}: ${details}`),
    onProblem: (message) => problems.push(message),
  });
  let isOver = false;
  const over = run.run().then(() => {
    isOver = true;
  });
  return { run, clock, latencies, events, problems, over, isOver: () => isOver };
}

const never = (): Promise<never> => new Promise(() => {});

describe('an open load', () => {
  it('begins each arrival at its time, whatever the answers take', async () => {
    const begun: (readonly [number, number])[] = [];
    const { run, clock, over } = begin(
      steady({
        ratePerSecond: 10,
        durationMs: 1000,
        perform: ({ id, atMs }) => {
          begun.push([id, atMs]);
          return never();
        },
      }),
    );
    await clock.advance(1000);
    await over;
    expect(begun).toEqual(Array.from({ length: 10 }, (_, id) => [id, id * 100]));
    expect(run.result()).toMatchObject({ planned: 10, started: 10, succeeded: 0, failed: 0, unfinished: 10 });
  });

  it('counts latency from when an arrival ought to have begun, not from when it did', async () => {
    // One at a time, and each takes 300 ms: the second waits for 200 ms, the third for 400.
    const { run, clock, latencies, events } = begin((clock) =>
      steady({ ratePerSecond: 10, durationMs: 300, maxInFlight: 1, perform: () => clock.sleep(300) }),
    );
    await clock.runAll();
    expect(latencies).toEqual([300, 500, 700]);
    expect(run.result()).toMatchObject({ succeeded: 3, mostInFlight: 1, heldBack: 2, worstLateMs: 400 });
    expect(events).toEqual([
      'load held back: load "load": 1 are begun and not ended, the most that may be; what arrives now waits',
    ]);
  });

  it('begins together what is less than a millisecond apart, and counts from there', async () => {
    const begun: number[] = [];
    const { clock, latencies } = begin(
      steady({ ratePerSecond: 4000, durationMs: 2, perform: ({ atMs }) => void begun.push(atMs) }),
    );
    await clock.runAll();
    expect(begun).toEqual([0, 1, 1, 1, 1, 2, 2, 2]);
    expect(latencies).toEqual(begun.map(() => 0));
  });

  it('counts failures, and tells the most common first', async () => {
    const { run, clock } = begin(
      steady({
        ratePerSecond: 100,
        durationMs: 100,
        perform: async ({ id }) => {
          if (id % 3 === 0) throw new Error('refused');
          if (id % 5 === 0) throw new TypeError('');
          if (id === 7) await Promise.reject('a word');
        },
      }),
    );
    await clock.runAll();
    expect(run.result()).toMatchObject({
      succeeded: 4,
      failed: 6,
      unfinished: 0,
      failures: [
        { message: 'refused', count: 4 },
        { message: 'TypeError', count: 1 },
        { message: '"a word"', count: 1 },
      ],
    });
  });

  it('keeps only so many messages that are all different', async () => {
    const { run, clock } = begin(
      thunderingHerd({
        count: 3000,
        perform: ({ id }) => {
          throw new Error(`no ${id}`);
        },
      }),
    );
    await clock.runAll();
    const { failed, failures } = run.result();
    expect([failed, failures[0], failures.length]).toEqual([3000, { message: 'others', count: 2000 }, 10]);
  });

  it('sends without promises, and is told the end by the id, once', async () => {
    const sent: Arrival[] = [];
    let outcomes: Outcomes | undefined;
    let flushes = 0;
    const { run, clock, latencies } = begin(
      burst({
        count: 3,
        everyMs: 100,
        times: 2,
        send: (arrival, told) => {
          sent.push(arrival);
          outcomes = told;
        },
        flush: () => {
          flushes += 1;
        },
      }),
    );
    await clock.advance(100);
    expect([sent.length, flushes]).toEqual([6, 2]);
    await clock.advance(50);
    const { succeed, fail } = outcomes ?? { succeed: () => {}, fail: () => {} };
    succeed(0);
    succeed(0);
    fail(0, new Error('too late'));
    fail(4, new Error('broken'));
    succeed(99);
    expect(latencies).toEqual([150]);
    expect(run.result()).toMatchObject({ started: 6, succeeded: 1, failed: 1, unfinished: 4 });
  });

  it('counts as failed what cannot be sent, and tells once of a flush that fails', async () => {
    const { run, clock, problems } = begin(
      burst({
        count: 1,
        everyMs: 100,
        times: 2,
        send: () => {
          throw new Error('not connected');
        },
        flush: () => {
          throw new Error('pipe is broken');
        },
      }),
    );
    await clock.runAll();
    expect(run.result()).toMatchObject({ failed: 2, failures: [{ message: 'not connected', count: 2 }] });
    expect(problems).toEqual(['the flush of load "load" failed: pipe is broken']);
  });

  it('catches up with what a clock that jumps has missed, and says so', async () => {
    const begun: number[] = [];
    const clock = new JumpingClock();
    const events: string[] = [];
    const run = new LoadRun(
      steady({ ratePerSecond: 10, durationMs: 60_000, perform: ({ id }) => void begun.push(id) }),
      {
        clock,
        random: createRandom(1),
        onEvent: (name, details) => events.push(`${name}: ${details}`),
      },
    );
    const over = run.run();
    await clock.advance(1000);
    expect(begun).toHaveLength(11);
    clock.jump(30_000);
    await clock.advance(100);
    // 311 were due: one more moment has come.
    expect(begun).toHaveLength(312);
    await clock.runAll();
    await over;
    expect(run.result()).toMatchObject({ planned: 600, started: 600, succeeded: 600, worstLateMs: 30_000 });
    expect(events).toEqual([
      'arrivals missed: load "load": 290 arrivals began more than 1 s late, by up to 30 s: the clock jumped, or this process was held up',
    ]);
  });

  it('lets others have their turn when a jump of the clock leaves much to catch up with', async () => {
    const clock = new JumpingClock();
    let begun = 0;
    const perform = (): void => {
      begun += 1;
    };
    const run = new LoadRun(steady({ ratePerSecond: 10_000, durationMs: 10_000, perform }), {
      clock,
      random: createRandom(1),
    });
    const over = run.run();
    clock.jump(10_000);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(begun).toBeLessThanOrEqual(1001);
    await clock.runAll();
    await over;
    expect(begun).toBe(100_000);
  });

  it('can be stopped, and then still knows how much was planned', async () => {
    const { run, clock, over } = begin(steady({ ratePerSecond: 10, durationMs: 10_000, perform: () => undefined }));
    await clock.advance(1000);
    run.stop();
    await over;
    await clock.advance(5000);
    expect(run.result()).toMatchObject({ planned: 100, started: 11 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts an endless schedule of a test’s own only so far', async () => {
    const { run } = begin({
      shape: {
        description: 'without end',
        durationMs: 1000,
        *arrivals() {
          for (;;) yield { atMs: 500 };
        },
      },
      work: { perform: () => undefined },
    });
    run.stop();
    expect(run.result()).toMatchObject({ planned: 10_000_000, started: 0 });
  });

  it('tells of a schedule of a test’s own that fails, and ends', async () => {
    const shape = { description: 'odd', durationMs: 1000, arrivals: () => [{ atMs: 0 }, { atMs: Number.NaN }] };
    const { run, problems, over } = begin({ shape, work: { name: 'odd', perform: () => undefined } });
    await over;
    expect(problems).toEqual([
      'the schedule of load "odd" failed: an arrival\'s atMs must be a finite number of milliseconds; received NaN',
    ]);
    expect(run.result()).toMatchObject({ started: 1 });
  });

  it('lasts as long as it was to, also when the last arrival has long been answered', async () => {
    const { clock, isOver } = begin(steady({ ratePerSecond: 10, durationMs: 1000, perform: () => undefined }));
    await clock.advance(999);
    expect(isOver()).toBe(false);
    await clock.advance(1);
    expect(isOver()).toBe(true);
  });

  it('waits for answers as long as it was told to, and no longer', async () => {
    const answers = [100, 900, 5000];
    const { run, clock } = begin((clock) =>
      thunderingHerd({ count: 3, drainMs: 1000, perform: ({ id }) => clock.sleep(answers[id] ?? 0) }),
    );
    const drained = run.drain(new AbortController().signal);
    await clock.advance(1000);
    await drained;
    run.close();
    await clock.advance(10_000);
    expect(run.result()).toMatchObject({ succeeded: 2, failed: 0, unfinished: 1 });
  });

  it('tells what has not ended to end when it is closed', async () => {
    let reason: unknown;
    const { run } = begin(
      thunderingHerd({
        name: 'herd',
        count: 1,
        perform: (_, { signal }) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
          });
          return never();
        },
      }),
    );
    run.close();
    run.close();
    expect(reason).toMatchObject({ name: 'AbortedError', message: 'load "herd" is over' });
  });
});

describe('a flood', () => {
  it('keeps so many under way, and begins the next when one ends', async () => {
    let inFlight = 0;
    let most = 0;
    const { run, clock, latencies, over } = begin((clock) =>
      flood({
        inFlight: 5,
        count: 20,
        perform: async () => {
          inFlight += 1;
          most = Math.max(most, inFlight);
          await clock.sleep(10);
          inFlight -= 1;
        },
      }),
    );
    await clock.runAll();
    await over;
    expect([most, clock.now()]).toEqual([5, 40]);
    expect(latencies).toEqual(Array.from({ length: 20 }, () => 10));
    expect(run.result()).toMatchObject({ planned: 20, started: 20, succeeded: 20, mostInFlight: 5, heldBack: 0 });
  });

  it('ends when its time is over, also when nothing is ever answered', async () => {
    const { run, clock, over } = begin(flood({ inFlight: 5, durationMs: 1000, perform: never }));
    await clock.advance(1000);
    await over;
    expect(run.result()).toMatchObject({ planned: 5, started: 5, unfinished: 5 });
  });

  it('does not starve others when answers come at once', async () => {
    const { run, clock, isOver } = begin(flood({ inFlight: 1, durationMs: 1000, perform: () => undefined }));
    expect(run.started).toBe(1000);
    await clock.advanceToNextTimer();
    expect([run.started, isOver()]).toEqual([2000, false]);
    run.close();
  });
});

describe('an idle time', () => {
  it('is over when its time is', async () => {
    const { run, clock, isOver } = begin(idle({ durationMs: 500 }));
    await clock.advance(499);
    expect(isOver()).toBe(false);
    await clock.advance(1);
    expect(isOver()).toBe(true);
    expect(run.result()).toMatchObject({ planned: 0, started: 0 });
  });
});
