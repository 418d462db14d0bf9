import { describe, expect, it } from 'vitest';
import { AbortedError, TimeoutError } from '../../src/core/errors.js';
import { until } from '../../src/core/until.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';

const never = (): Promise<boolean> => new Promise(() => {});

/** What the promise was rejected with, once the clock has gone on. */
async function failureAfter(clock: VirtualClock, ms: number, waiting: Promise<unknown>): Promise<unknown> {
  const failure = waiting.then(
    (value) => new Error(`it resolved with ${String(value)}`),
    (error: unknown) => error,
  );
  await clock.advance(ms);
  return failure;
}

describe('until', () => {
  it('resolves with the first truthy value, without a pause when it is there at once', async () => {
    const clock = new VirtualClock();
    const name: string = await until(() => 'veth0' as string | undefined, { clock });
    expect(name).toBe('veth0');
    expect([clock.now(), clock.pendingTimers]).toEqual([0, 0]);
  });

  it('polls with pauses that grow by half, up to 100 ms', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const waiting = until(() => times.push(Math.round(clock.now())) >= 10, { clock });
    await clock.advance(600);
    await waiting;
    expect(times).toEqual([0, 10, 25, 48, 81, 132, 208, 308, 408, 508]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps to an interval that is longer than that', async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const waiting = until(() => times.push(clock.now()) >= 3, { clock, intervalMs: 500 });
    await clock.advance(1000);
    await waiting;
    expect(times).toEqual([0, 500, 1000]);
  });

  it('takes an exception for "not yet"', async () => {
    const clock = new VirtualClock();
    let attempts = 0;
    const waiting = until(
      async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        return attempts;
      },
      { clock },
    );
    await clock.advance(100);
    expect(await waiting).toBe(3);
  });

  it('tells at the deadline what it waited for, how long, how often, and the last value', async () => {
    const clock = new VirtualClock();
    const error = await failureAfter(
      clock,
      99,
      until(() => 0, { clock, timeoutMs: 40, intervalMs: 20, description: 'two links' }),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      message:
        'Timed out after 40 ms waiting for two links: 3 attempts, last value 0. Raise timeoutMs if it is only slow',
      timeoutMs: 40,
    });
    expect(error).not.toHaveProperty('cause');
    expect(clock.pendingTimers).toBe(0);
  });

  it('has the last error as its cause', async () => {
    const clock = new VirtualClock();
    const refused = new Error('refused');
    const error = await failureAfter(
      clock,
      5000,
      until(() => Promise.reject(refused), { clock, intervalMs: 3000 }),
    );
    expect(error).toMatchObject({
      message:
        'Timed out after 5000 ms waiting for the condition: 3 attempts, last error [Error: refused]. Raise timeoutMs if it is only slow',
      cause: refused,
    });
  });

  it('does not wait longer for a condition that never answers', async () => {
    const clock = new VirtualClock();
    const error = await failureAfter(clock, 50, until(never, { clock, timeoutMs: 50 }));
    expect(error).toHaveProperty(
      'message',
      'Timed out after 50 ms waiting for the condition: 1 attempt, which never answered. Raise timeoutMs if it is only slow',
    );
  });

  it('tells the value from before a condition stopped answering', async () => {
    const clock = new VirtualClock();
    let attempts = 0;
    const condition = (): false | Promise<boolean> => {
      attempts += 1;
      return attempts === 1 ? false : never();
    };
    const error = await failureAfter(clock, 50, until(condition, { clock, timeoutMs: 50 }));
    expect(error).toHaveProperty(
      'message',
      'Timed out after 50 ms waiting for the condition: 2 attempts, the last of which never answered, last value false. Raise timeoutMs if it is only slow',
    );
  });

  it('looks a last time at the deadline, for what came true in the last pause', async () => {
    const clock = new VirtualClock();
    const waiting = until(async () => clock.now() >= 49, { clock, timeoutMs: 50, intervalMs: 40 });
    await clock.advance(50);
    expect(await waiting).toBe(true);
  });

  it('does not let the last look outlive the deadline', async () => {
    const clock = new VirtualClock();
    const condition = (): boolean | Promise<boolean> => (clock.now() < 50 ? false : never());
    const error = await failureAfter(clock, 50, until(condition, { clock, timeoutMs: 50, intervalMs: 40 }));
    expect(error).toBeInstanceOf(TimeoutError);
  });

  it('ends at once when it is aborted, in a pause or while the condition is asked', async () => {
    for (const condition of [() => false, never]) {
      const clock = new VirtualClock();
      const controller = new AbortController();
      const waiting = until(condition, { clock, signal: controller.signal, description: 'the server' });
      await clock.advance(5);
      const reason = new Error('the test is over');
      controller.abort(reason);
      const error: unknown = await waiting.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AbortedError);
      expect(error).toMatchObject({ code: 'ERR_GLOVEBOX_ABORTED', cause: reason });
      expect(error).toHaveProperty(
        'message',
        expect.stringContaining('Aborted after 5 ms waiting for the server: 1 att'),
      );
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('does not ask when it was aborted before', async () => {
    let attempts = 0;
    const waiting = until(() => (attempts += 1), { signal: AbortSignal.abort('over') });
    await expect(waiting).rejects.toMatchObject({
      message: 'Aborted after 0 ms waiting for the condition: 0 attempts',
      cause: 'over',
    });
    expect(attempts).toBe(0);
  });

  it('lists all mistakes of a call at once', async () => {
    await expect(until(() => true, { timeoutMs: -1, intervalMs: 0, description: '' })).rejects.toThrow(
      'until: 3 mistakes:\n' +
        '  - timeoutMs must be a finite number of milliseconds, 0 or more; received -1\n' +
        '  - intervalMs must be a finite number of milliseconds above 0; received 0\n' +
        '  - description must be a string that is not empty; received ""',
    );
  });
});
