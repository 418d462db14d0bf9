import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { KernelError } from '../../src/core/kernel-error.js';
import { formatOperation } from '../../src/core/operation.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';
import { CrashError } from '../../src/faults/crash.js';
import type { Fault, FaultOptions } from '../../src/faults/fault.js';
import type { FaultPlan } from '../../src/faults/plan.js';
import { attempt, createPlan } from './toy.js';

function run(plan: FaultPlan, ...names: string[]): string[] {
  return names.map((name) => attempt(plan, name));
}

/** What a call in JavaScript could hand over, whatever the types say. */
function injectRaw(plan: FaultPlan, options: unknown): Fault {
  return Reflect.apply(plan.inject, plan, ['toy.make', options]);
}

describe('occurrences', () => {
  test.each<[string, FaultOptions<'toy.make'>, string[]]>([
    ['every call', { before: 'EIO' }, ['EIO', 'EIO', 'EIO', 'EIO']],
    ['the first call', { once: true, before: 'EIO' }, ['EIO', 'ok', 'ok', 'ok']],
    ['the first two calls', { times: 2, before: 'EIO' }, ['EIO', 'EIO', 'ok', 'ok']],
    ['the third call', { nth: 3, before: 'EIO' }, ['ok', 'ok', 'EIO', 'ok']],
    ['the third call and later ones', { from: 3, before: 'EIO' }, ['ok', 'ok', 'EIO', 'EIO']],
    ['the second call that matches', { nth: 2, where: { name: 'b' }, before: 'EIO' }, ['ok', 'ok', 'ok', 'EIO']],
  ])('a fault fires on %s', (_title, options, expected) => {
    const plan = createPlan();
    plan.inject('toy.make', options);
    expect(run(plan, 'a', 'b', 'a', 'b')).toEqual(expected);
  });

  test('a call at one point does not count at another', () => {
    const plan = createPlan();
    plan.inject('toy.make', { nth: 2, before: 'EIO' });
    expect([attempt(plan, 'a'), attempt(plan, 'a', 'toy.undo'), attempt(plan, 'a')]).toEqual(['ok', 'ok', 'EIO']);
  });

  test('a fault counts calls that another fault ended', () => {
    const plan = createPlan();
    plan.inject('toy.make', { once: true, before: 'EIO' });
    plan.inject('toy.make', { nth: 2, before: 'EBUSY' });
    expect(run(plan, 'a', 'a', 'a')).toEqual(['EIO', 'EBUSY', 'ok']);
  });

  test('counters agree with a naive count, whatever is mixed', () => {
    const occurrence = fc.oneof(
      fc.constant({ first: 1, last: Number.POSITIVE_INFINITY, options: {} }),
      fc.integer({ min: 1, max: 5 }).map((nth) => ({ first: nth, last: nth, options: { nth } })),
      fc.integer({ min: 1, max: 5 }).map((times) => ({ first: 1, last: times, options: { times } })),
      fc
        .integer({ min: 1, max: 5 })
        .map((from) => ({ first: from, last: Number.POSITIVE_INFINITY, options: { from } })),
    );
    const name = fc.constantFrom('a', 'b', 'c');
    const fault = fc.record({
      occurrence,
      names: fc.option(fc.uniqueArray(name, { minLength: 1 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(fault, { maxLength: 5 }), fc.array(name, { maxLength: 20 }), (faults, calls) => {
        const plan = createPlan();
        const armed = faults.flatMap((each, index) => {
          try {
            const where = each.names === undefined ? {} : { where: { name: each.names } };
            const before = new Error(`${index}`);
            return [
              {
                ...each,
                before,
                fault: injectRaw(plan, { ...each.occurrence.options, ...where, before }),
                count: 0,
                fired: 0,
              },
            ];
          } catch (error) {
            if (error instanceof UsageError) return [];
            throw error;
          }
        });
        for (const call of calls) {
          const turn = armed.filter((each) => {
            if (each.names !== undefined && !each.names.includes(call)) return false;
            each.count += 1;
            return each.count >= each.occurrence.first && each.count <= each.occurrence.last;
          });
          const [winner] = turn;
          if (winner !== undefined) winner.fired += 1;
          expect(attempt(plan, call)).toBe(winner === undefined ? 'ok' : String(winner.before));
        }
        expect(armed.map(({ fault }) => [fault.matched, fault.fired])).toEqual(
          armed.map((each) => [each.count, each.fired]),
        );
        expect(plan.calls('toy.make')).toBe(calls.length);
      }),
    );
  });

  test('adding a fault does not change when another one fires by chance', () => {
    const draw = (more: boolean): number[] => {
      const plan = createPlan({ seed: 7 });
      if (more) plan.inject('toy.make', { probability: 0.3, delayMs: 0, label: 'another', optional: true });
      const fault = plan.inject('toy.make', { probability: 0.5, before: 'EIO', label: 'half' });
      for (let call = 0; call < 100; call += 1) attempt(plan, 'a');
      return [...fault.firedAt];
    };
    expect(draw(true)).toEqual(draw(false));
    expect(draw(false).length).toBeGreaterThan(30);
    expect(draw(false).length).toBeLessThan(70);
  });
});

describe('effects', () => {
  test('before: nothing has happened, and the error is a kernel error', () => {
    const plan = createPlan();
    plan.inject('toy.make', { before: 'EBUSY', label: 'busy' });
    let done = 0;
    const make = (): void =>
      plan.passSync('toy.make', { name: 'a', size: 1 }, () => {
        done += 1;
      });
    expect(make).toThrow(KernelError);
    expect(make).toThrow('toy.make "a": EBUSY: device or resource busy, toy.make. Injected by fault "busy"');
    expect(done).toBe(0);
  });

  test('after: it has happened, yet it is reported as failed', async () => {
    const plan = createPlan();
    plan.inject('toy.make', { after: 'EIO' });
    let done = 0;
    await expect(
      plan.pass('toy.make', { name: 'a', size: 1 }, async () => {
        done += 1;
      }),
    ).rejects.toMatchObject({
      code: 'EIO',
    });
    expect(done).toBe(1);
    expect(plan.operations().map((each) => [formatOperation(each), each.code, each.injected])).toEqual([
      ['toy.make:a:error', 'EIO', true],
    ]);
  });

  test('after: when the call fails by itself, its own error wins and the fault has not fired', () => {
    const plan = createPlan();
    const fault = plan.inject('toy.make', { after: 'EIO' });
    const own = new Error('own');
    expect(() =>
      plan.passSync('toy.make', { name: 'a', size: 1 }, () => {
        throw own;
      }),
    ).toThrow(own);
    expect(fault).toMatchObject({ matched: 1, fired: 0 });
    expect(() => plan.assertAllFired()).toThrow('the call failed by itself, so there was no success to deny');
  });

  test('instead: another answer, and nothing has happened', async () => {
    const plan = createPlan();
    plan.inject('toy.make', { instead: ({ name }) => `${name} lied` });
    expect(plan.passSync('toy.make', { name: 'a', size: 1 }, () => 'truth')).toBe('a lied');
    expect(await plan.pass('toy.make', { name: 'b', size: 1 }, () => 'truth')).toBe('b lied');
  });

  test('an error is thrown as it is, and a function is called with each call', () => {
    const plan = createPlan();
    const error = new Error('mine');
    plan.inject('toy.make', { once: true, before: error });
    plan.inject('toy.make', { nth: 2, before: ({ size }) => new Error(`size ${size}`) });
    const make = (): void => plan.passSync('toy.make', { name: 'a', size: 3 }, () => undefined);
    expect(make).toThrow(error);
    expect(make).toThrow('size 3');
  });

  test('delays add up on the clock, and compose with a failure', async () => {
    const clock = new VirtualClock();
    const plan = createPlan({ clock });
    plan.inject('toy.make', { delayMs: 20 });
    plan.inject('toy.make', { delayMs: 30, before: 'EIO' });
    const call = plan.pass('toy.make', { name: 'a', size: 1 }, () => undefined).catch((error: unknown) => error);
    await clock.runAll();
    expect(await call).toMatchObject({ code: 'EIO' });
    expect(clock.now()).toBe(50);
    expect(plan.fired()).toHaveLength(2);
  });

  test('a synchronous call cannot be delayed on a virtual clock', () => {
    const plan = createPlan({ clock: new VirtualClock() });
    plan.inject('toy.make', { delayMs: 20, label: 'slow' });
    expect(() => plan.passSync('toy.make', { name: 'a', size: 1 }, () => undefined)).toThrow(
      'fault "slow": toy.make is a synchronous call, which can wait on a RealClock only; the plan\'s clock is "VirtualClock". Take delayMs away, or make the call asynchronous',
    );
  });
});

describe('crash', () => {
  test.each(['before', 'after'] as const)('a program that crashes %s a call can do nothing in its rollback', (when) => {
    const plan = createPlan();
    const made = new Set<string>();
    plan.inject('toy.make', { nth: 2, crash: when });
    const make = (name: string): void => plan.passSync('toy.make', { name, size: 1 }, () => void made.add(name));
    const undo = (name: string): void => plan.passSync('toy.undo', { name, size: 1 }, () => void made.delete(name));
    make('a');
    expect(() => make('b')).toThrow(CrashError);
    expect(() => undo('a')).toThrow(CrashError);
    expect([...made]).toEqual(when === 'before' ? ['a'] : ['a', 'b']);
    expect(plan.operations().map(formatOperation)).toEqual(['toy.make:a:ok', 'toy.make:b:crash']);
    plan.restart();
    undo('a');
    expect(made.has('a')).toBe(false);
  });

  test('a call under way when the program dies does not return to it, even after the restart', async () => {
    const plan = createPlan();
    plan.inject('toy.undo', { crash: 'before' });
    let finish = (): void => {};
    const effect = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const pending = plan.pass('toy.make', { name: 'a', size: 1 }, () => effect);
    expect(attempt(plan, 'a', 'toy.undo')).toBe('ERR_GLOVEBOX_CRASH');
    plan.restart();
    finish();
    await expect(pending).rejects.toThrow(CrashError);
  });

  test('listeners learn of a crash before its caller does', () => {
    const plan = createPlan();
    const seen: boolean[] = [];
    plan.onCrash(() => seen.push(plan.crashed));
    plan.inject('toy.make', { crash: 'before' });
    attempt(plan, 'a');
    expect(seen).toEqual([true]);
  });
});
