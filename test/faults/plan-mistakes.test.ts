import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { formatOperation } from '../../src/core/operation.js';
import type { Fault, FaultOptions } from '../../src/faults/fault.js';
import { FaultPlan } from '../../src/faults/plan.js';
import { createPlan } from './toy.js';

/** What a call in JavaScript could hand over, whatever the types say. */
function injectRaw(plan: FaultPlan, options: unknown): Fault {
  return Reflect.apply(plan.inject, plan, ['toy.make', options]);
}

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
