import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { KernelError } from '../../src/core/kernel-error.js';
import { formatOperation } from '../../src/core/operation.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';
import { CrashError } from '../../src/faults/crash.js';
import type { Fault, FaultOptions } from '../../src/faults/fault.js';
import { FaultPlan } from '../../src/faults/plan.js';
import { UnfiredFaultError } from '../../src/faults/unfired.js';
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

describe('what is refused', () => {
  test.each<[string, unknown, string]>([
    ['no effect', {}, 'a fault needs an effect: give one of before, after, instead and crash, or delayMs'],
    [
      'two effects',
      { before: 'EIO', after: 'EIO' },
      'before and after contradict each other: give exactly one of them',
    ],
    [
      'two occurrences',
      { before: 'EIO', once: true, nth: 1 },
      'once and nth contradict each other: give at most one of them',
    ],
    [
      'a negative nth',
      { before: 'EIO', nth: -1 },
      'nth must be an integer, 1 or more (calls count from 1); received -1',
    ],
    ['a wrong probability', { before: 'EIO', probability: 2 }, 'probability must be a number from 0 to 1; received 2'],
    ['an empty list', { before: 'EIO', where: { name: [] } }, 'where.name is an empty list'],
    ['an unknown option', { befor: 'EIO', before: 'EIO' }, '"befor" is no option of a fault. Did you mean "before"'],
    ['an unknown errno', { before: 'EBUZY' }, 'Did you mean "EBUSY"'],
    ['no object', null, "options must be an object such as { before: 'EBUSY' }; received null"],
  ])('%s', (_title, options, message) => {
    const plan = createPlan();
    expect(() => injectRaw(plan, options)).toThrow(UsageError);
    expect(() => injectRaw(plan, options)).toThrow(message);
    expect(plan.faults()).toEqual([]);
  });

  test('all mistakes are told at once', () => {
    expect(() => injectRaw(createPlan(), { nth: 0, label: '', optional: 1 })).toThrow('4 mistakes');
  });

  test('an unknown point names those that are like it', () => {
    const plan = createPlan();
    expect(() => Reflect.apply(plan.inject, plan, ['toy.mak', { before: 'EIO' }])).toThrow(
      'there is no point "toy.mak". Did you mean "toy.make"',
    );
    expect(() => new FaultPlan().calls('toy.make')).toThrow('no point is declared on this plan yet');
  });

  test('an unknown point that is like none tells which there are, and how points become known', () => {
    const plan = createPlan();
    expect(() => Reflect.apply(plan.inject, plan, ['database.commit', { before: 'EIO' }])).toThrow(
      /there is no point "database\.commit"\. There are: toy\.make.*\. A point becomes known when the fake or the instrumented object is made with this plan$/,
    );
  });

  test('a fault that an earlier one leaves no call names both', () => {
    const plan = createPlan();
    plan.inject('toy.make', { before: 'EIO', label: 'first' });
    expect(() => plan.inject('toy.make', { nth: 2, where: { name: 'a' }, after: 'EIO', label: 'second' })).toThrow(
      'fault "second" could never fire: fault "first", injected before, decides every call that it is for',
    );
    expect(plan.faults()).toHaveLength(1);
  });

  test.each<[string, FaultOptions<'toy.make'>, FaultOptions<'toy.make'>]>([
    ['other calls', { where: { name: 'a' }, before: 'EIO' }, { where: { name: 'b' }, before: 'EIO' }],
    ['a delay', { before: 'EIO' }, { delayMs: 5 }],
    ['a later call', { once: true, before: 'EIO' }, { nth: 2, before: 'EIO' }],
    ['what chance leaves', { probability: 0.5, before: 'EIO' }, { before: 'EBUSY' }],
  ])('a fault for %s is not refused', (_title, first, second) => {
    const plan = createPlan();
    plan.inject('toy.make', first);
    expect(() => plan.inject('toy.make', second)).not.toThrow();
  });

  test('a predicate that answers no boolean', () => {
    const plan = createPlan();
    injectRaw(plan, { where: async () => true, before: 'EIO', label: 'odd' });
    expect(() => plan.passSync('toy.make', { name: 'a', size: 1 }, () => 1)).toThrow(
      'fault "odd": where must answer true or false',
    );
  });
});

describe('reports', () => {
  test('a fault that never fired is told with the calls that came nearest', () => {
    const plan = createPlan();
    plan.inject('toy.make', { where: { name: 'b', size: 2 }, before: 'EIO', label: 'mine' });
    attempt(plan, 'a');
    attempt(plan, 'b');
    expect(() => plan.assertAllFired()).toThrow(UnfiredFaultError);
    expect(() => plan.assertAllFired()).toThrow(
      [
        'an injected fault never fired:',
        '  - fault "mine" on toy.make: the point saw 2 calls, and none matched',
        '      nearest: size is 1, not 2',
        '      nearest: name is "a", not "b"; size is 1, not 2',
        'Send a call its way, correct it, or give it optional: true if it need not fire',
      ].join('\n'),
    );
  });

  test('optional faults may stay unfired, fired ones are done, removed ones are still told', () => {
    const plan = createPlan();
    plan.inject('toy.make', { where: { name: 'x' }, before: 'EIO', optional: true });
    plan.inject('toy.make', { once: true, before: 'EIO' });
    attempt(plan, 'a');
    expect(() => plan.assertAllFired()).not.toThrow();
    const removed = plan.inject('toy.make', { where: { name: 'y' }, before: 'EIO' });
    removed.remove();
    removed.remove();
    expect(plan.unfired()).toEqual([removed]);
    expect(attempt(plan, 'y')).toBe('ok');
  });

  test('reads are recorded, and listed when asked for', () => {
    const plan = createPlan();
    plan.passSync('toy.look', { name: 'a', size: 1 }, () => 1);
    attempt(plan, 'a');
    expect(plan.operations().map(formatOperation)).toEqual(['toy.make:a:ok']);
    expect(plan.operations({ reads: true, point: 'toy.look' }).map(({ sequence }) => sequence)).toEqual([1]);
  });

  test('a bounded record keeps the newest operations, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(20), (recordLimit, calls) => {
        const plan = createPlan({ recordLimit });
        for (let call = 1; call <= calls; call += 1) attempt(plan, `${call}`);
        const kept = Math.min(calls, recordLimit);
        const expected = Array.from({ length: kept }, (_, index) => calls - kept + index + 1);
        expect(plan.operations().map(({ sequence, name }) => [sequence, name])).toEqual(
          expected.map((each) => [each, `${each}`]),
        );
        expect(plan.droppedOperations).toBe(calls - kept);
      }),
    );
  });

  test('reset makes everything as new, and points stay declared', () => {
    const plan = createPlan();
    plan.inject('toy.make', { crash: 'before' });
    attempt(plan, 'a');
    plan.reset();
    expect([attempt(plan, 'a'), plan.calls('toy.make'), plan.faults().length, plan.operations()[0]?.sequence]).toEqual([
      'ok',
      1,
      0,
      1,
    ]);
  });
});

describe('functions that do not what they should', () => {
  test.each<[string, unknown, string]>([
    ['throws', () => Reflect.apply(JSON.parse, undefined, ['{']), 'its function must return an Error; it threw'],
    ['makes no error', () => 5, 'its function must make an Error; received 5'],
    ['is asynchronous', async () => new Error('late'), 'its function must make an Error; received [Promise]'],
  ])(
    'an error function that %s is a mistake, which the record and the end of the test show',
    (_what, after, message) => {
      const plan = createPlan();
      injectRaw(plan, { after, label: 'bad' });
      const make = (): void => plan.passSync('toy.make', { name: 'a', size: 1 }, () => {});
      expect(make).toThrow(UsageError);
      expect(plan.operations()).toMatchObject([{ outcome: 'error', code: 'ERR_GLOVEBOX_USAGE', injected: true }]);
      expect(() => plan.assertAllFired()).toThrow(message);
    },
  );

  test('an answer that is rejected is recorded as the error that the caller sees', async () => {
    const plan = createPlan();
    plan.inject('toy.make', { instead: () => Promise.reject(new Error('no answer')) });
    await expect(plan.pass('toy.make', { name: 'a', size: 1 }, () => {})).rejects.toThrow('no answer');
    expect(plan.operations().map(formatOperation)).toEqual(['toy.make:a:error']);
  });

  test('a call without an effect that can be run is refused, and counts for nothing', async () => {
    const plan = createPlan();
    const pass: Promise<unknown> = Reflect.apply(plan.pass, plan, ['toy.make', null, 5]);
    await expect(pass).rejects.toThrow(
      'toy.make: 2 mistakes:\n  - what a call tells of itself must be an object; received null\n  - the effect must be a function; received 5',
    );
    expect([plan.calls('toy.make'), plan.operations()]).toEqual([0, []]);
  });
});

describe('what JavaScript may hand over', () => {
  test.each<[string, unknown, string]>([
    ['no object', null, 'FaultPlan: options must be an object; received null'],
    ['a misspelt option', { sed: 1 }, 'FaultPlan: "sed" is no option. Did you mean "seed"?'],
    ['a clock that is none', { clock: {} }, 'FaultPlan: clock must be a Clock, such as a VirtualClock; received {}'],
  ])('a plan made with %s is refused', (_what, options, message) => {
    expect(() => Reflect.construct(FaultPlan, [options])).toThrow(UsageError);
    expect(() => Reflect.construct(FaultPlan, [options])).toThrow(message);
  });

  test.each<[unknown, string]>([
    [new Map([['name', 'a']]), 'where must be a plain object of fields or a predicate; received [Map]'],
    [{ name: /a/ }, "where.name is compared with the call's, not matched; received /a/"],
  ])('a filter that would match all calls or none is refused: %s', (where, message) => {
    expect(() => injectRaw(createPlan(), { where, before: 'EIO' })).toThrow(message);
  });

  test('a point that is declared again is checked again', () => {
    const plan = createPlan();
    const declare = (): unknown => Reflect.apply(plan.declare, plan, [{ 'toy.make': { errors: 'EIO', read: 1 } }]);
    expect(declare).toThrow('toy.make: read must be true or false; received 1');
    expect(plan.descriptor('toy.make').errors).toEqual(['EIO', 'ENOMEM']);
  });

  test('listeners must be functions', () => {
    const plan = createPlan();
    expect(() => Reflect.apply(plan.onCrash, plan, [5])).toThrow('listener must be a function; received 5');
    expect(() => Reflect.apply(plan.trace, plan, [null])).toThrow('listener must be a function; received null');
  });
});

describe('reset while calls are under way', () => {
  test('a call that was delayed has no effect and is no part of the new record', async () => {
    const clock = new VirtualClock();
    const plan = createPlan({ clock });
    plan.inject('toy.make', { delayMs: 10 });
    const made: string[] = [];
    const late = plan.pass('toy.make', { name: 'a', size: 1 }, () => void made.push('a'));
    const refused = expect(late).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_DISPOSED' });
    plan.reset();
    await clock.runAll();
    await refused;
    expect([made, plan.operations()]).toEqual([[], []]);
  });

  test('a call whose effect had begun ends as it does, outside the new record', async () => {
    const plan = createPlan();
    let finish = (_result: number): void => {};
    const under = plan.pass('toy.make', { name: 'a', size: 1 }, () => new Promise<number>((done) => (finish = done)));
    plan.reset();
    finish(3);
    expect(await under).toBe(3);
    expect(plan.operations()).toEqual([]);
  });
});
