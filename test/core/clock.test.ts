import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeoutError, UsageError } from '../../src/core/errors.js';
import { RealClock } from '../../src/core/real-clock.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';

const badSpans = [-1, Number.NaN, Number.POSITIVE_INFINITY];

describe('VirtualClock', () => {
  it('starts where it is told to and stands still', () => {
    expect(new VirtualClock().now()).toBe(0);
    expect(new VirtualClock({ startMs: 1000 }).now()).toBe(1000);
  });

  it('fires timers in order of time, then of setting, each at its own time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 30 }), fc.nat(25), async (delays, span) => {
        const clock = new VirtualClock();
        const fired: [number, number, number][] = [];
        for (const [index, delayMs] of delays.entries()) {
          clock.setTimer(() => fired.push([delayMs, index, clock.now()]), delayMs);
        }
        await clock.advance(span);
        const due = delays
          .map((delayMs, index): [number, number, number] => [delayMs, index, delayMs])
          .filter(([delayMs]) => delayMs <= span)
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(fired).toEqual(due);
        expect(clock.now()).toBe(span);
        expect(clock.pendingTimers).toBe(delays.length - due.length);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same result in one step as in many', async () => {
    const run = async (steps: readonly number[]): Promise<string[]> => {
      const clock = new VirtualClock();
      const log: string[] = [];
      const worker = async (name: string, delayMs: number): Promise<void> => {
        for (;;) {
          await clock.sleep(delayMs);
          log.push(`${name} ${clock.now()}`);
        }
      };
      void worker('a', 3);
      void worker('b', 5);
      for (const step of steps) await clock.advance(step);
      return log;
    };
    const whole = await run([30]);
    expect(whole).toHaveLength(16);
    await fc.assert(
      fc.asyncProperty(fc.nat(30), async (cut) => {
        expect(await run([cut, 30 - cut])).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('resolves a sleep only when it is advanced', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    void clock.sleep(10).then(() => log.push('awake'));
    await clock.advance(9);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(['awake']);
  });

  it('follows sleeps that come one after the other, behind long chains of promises', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const work = async (): Promise<void> => {
      for (let round = 0; round < 3; round += 1) {
        for (let link = 0; link < 50; link += 1) await Promise.resolve();
        await clock.sleep(10);
        times.push(clock.now());
      }
    };
    void work();
    await clock.advance(30);
    expect(times).toEqual([10, 20, 30]);
  });

  it('fires a timer that is set at its own instant in the same move', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setTimer(() => clock.setTimer(() => log.push('inner'), 0), 5);
    await clock.advance(5);
    expect(log).toEqual(['inner']);
  });

  it('does not fire a timer that was cancelled, also by one of the same instant', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setTimer(() => victim.cancel(), 5);
    const victim = clock.setTimer(() => log.push('victim'), 5);
    const kept = clock.setTimer(() => log.push('kept'), 5);
    await clock.advance(5);
    kept.cancel();
    victim.cancel();
    expect(log).toEqual(['kept']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('makes moves that are asked for at once one after the other', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    clock.setTimer(() => times.push(clock.now()), 15);
    await Promise.all([clock.advance(10), clock.advance(10)]);
    expect(times).toEqual([15]);
    expect(clock.now()).toBe(20);
  });

  it('fires everything past timers that throw, and then throws what they threw', async () => {
    const clock = new VirtualClock();
    const failure = new Error('first');
    const fail = (error: Error) => () => {
      throw error;
    };
    const log: string[] = [];
    clock.setTimer(fail(failure), 1);
    clock.setTimer(() => log.push('fired'), 2);
    await expect(clock.advance(5)).rejects.toBe(failure);
    expect(log).toEqual(['fired']);
    expect(clock.now()).toBe(5);
    clock.setTimer(fail(failure), 1);
    clock.setTimer(fail(new Error('second')), 1);
    await expect(clock.advance(1)).rejects.toMatchObject({
      message: 'VirtualClock: 2 timers failed',
      errors: [failure, new Error('second')],
    });
    await clock.advance(1);
    expect(clock.now()).toBe(7);
  });

  it('goes from timer to timer, one at a time', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setTimer(() => log.push('one'), 7);
    clock.setTimer(() => log.push('two'), 7);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect([clock.now(), ...log]).toEqual([7, 'one']);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(await clock.advanceToNextTimer()).toBe(false);
    expect([clock.now(), ...log]).toEqual([7, 'one', 'two']);
  });

  it('runs all timers, those that they set included', async () => {
    const clock = new VirtualClock();
    const done = (async () => {
      for (const delayMs of [10, 1000, 60_000]) await clock.sleep(delayMs);
      return clock.now();
    })();
    await clock.runAll();
    expect(await done).toBe(61_010);
    expect(clock.now()).toBe(61_010);
  });

  it('says so when running all would never end', async () => {
    const clock = new VirtualClock();
    const tick = (): void => void clock.setTimer(tick, 10);
    tick();
    await expect(clock.runAll({ limitMs: 100 })).rejects.toThrow(
      new TimeoutError(
        'VirtualClock.runAll: 1 pending after 10 timers, at 100 ms (limit 100 ms). Something sets a timer again and again: ' +
          'stop it first, use advance(ms) to go a fixed span, or raise limitMs',
        100,
      ),
    );
    expect(clock.pendingTimers).toBe(1);
  });

  it('says so when timers set each other without time passing', async () => {
    const clock = new VirtualClock();
    const tick = (): void => void clock.setTimer(tick, 0);
    tick();
    await expect(clock.runAll()).rejects.toThrow('1 pending after 100000 timers, at 0 ms (limit 86400000 ms)');
  });

  it('lets go of a sleep that is aborted, with the reason of the signal', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(10, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
    await expect(clock.sleep(10, { signal: controller.signal })).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each(badSpans)('refuses the span %d, and stays as it was', async (span) => {
    const clock = new VirtualClock();
    const what = `must be a finite number of milliseconds, 0 or more; received ${span}`;
    expect(() => new VirtualClock({ startMs: span })).toThrow(new UsageError('VirtualClock', `startMs ${what}`));
    expect(() => clock.setTimer(() => {}, span)).toThrow(`VirtualClock.setTimer: delayMs ${what}`);
    await expect(clock.sleep(span)).rejects.toThrow(`delayMs ${what}`);
    await expect(clock.advance(span)).rejects.toThrow(`VirtualClock.advance: ms ${what}`);
    await expect(clock.runAll({ limitMs: span })).rejects.toThrow(`VirtualClock.runAll: limitMs ${what}`);
    expect([clock.now(), clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('RealClock', () => {
  it('sleeps at least as long as it was told to, by its own time', async () => {
    const clock = new RealClock();
    const startMs = clock.now();
    await clock.sleep(15.5);
    expect(clock.now() - startMs).toBeGreaterThanOrEqual(15.5);
  });

  it('takes delays that are too long for the timers of Node, and takes them back', async () => {
    const clock = new RealClock();
    const log: string[] = [];
    const timer = clock.setTimer(() => log.push('fired'), 2 ** 40);
    await clock.sleep(5);
    timer.cancel();
    timer.cancel();
    expect(log).toEqual([]);
  });

  it('lets go of a sleep that is aborted', async () => {
    const reason = new Error('enough');
    await expect(new RealClock().sleep(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each(badSpans)('refuses the delay %d', (delayMs) => {
    expect(() => new RealClock().setTimer(() => {}, delayMs)).toThrow(
      `RealClock.setTimer: delayMs must be a finite number of milliseconds, 0 or more; received ${delayMs}`,
    );
  });
});
