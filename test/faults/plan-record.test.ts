import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatOperation } from '../../src/core/operation.js';
import { VirtualClock } from '../../src/core/virtual-clock.js';
import { UnfiredFaultError } from '../../src/faults/unfired.js';
import { attempt, createPlan } from './toy.js';

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
