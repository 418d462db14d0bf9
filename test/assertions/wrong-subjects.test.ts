import { describe, expect as plain, test } from 'vitest';
import { assertRejectsWithErrno } from '../../src/assertions/errno.js';
import { assertKernelOps, assertOpsInOrder } from '../../src/assertions/operations.js';
import { assertCleanState, assertDatabaseEmpty } from '../../src/assertions/state.js';
import { FaultPlan } from '../../src/faults/plan.js';
import { expect } from '../../src/fixtures/index.js';

/** An assertion as JavaScript may call it, whatever the types say; what it throws or is rejected with. */
async function fail(assertion: (...args: never[]) => unknown, ...args: readonly unknown[]): Promise<unknown> {
  try {
    await Reflect.apply(assertion, undefined, args);
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}

describe('a subject of the wrong kind is a usage error, not a failure and not a success', () => {
  test.each<[string, (...args: never[]) => unknown, readonly unknown[], string]>([
    ['lines for operations', assertKernelOps, [['load:a:ok'], ['load:a:ok']], 'it holds "load:a:ok"'],
    ['a hole for an operation', assertOpsInOrder, [[undefined], []], 'it holds undefined'],
    ['nothing for targets', assertCleanState, [null], 'expected { kernel, database } or one of them; received null'],
    ['no options', assertDatabaseEmpty, [{ prepare() {} }, null], 'options must be an object; received null'],
    [
      'one table for a list',
      assertDatabaseEmpty,
      [{ prepare() {} }, { ignoreTables: 'rows' }],
      'ignoreTables must be a list of names; received "rows"',
    ],
    ['a value for a promise', assertRejectsWithErrno, [5, 'EBUSY'], 'expected a promise or a function; received 5'],
  ])('%s', async (_what, assertion, args, message) => {
    plain(await fail(assertion, ...args)).toMatchObject({
      name: 'UsageError',
      message: plain.stringContaining(message),
    });
  });

  test('also for a negated matcher, which would else hold', async () => {
    const awaited: unknown = 5;
    const check = async (): Promise<void> => {
      await expect(awaited).not.toRejectWithErrno('EBUSY');
    };
    await plain(check()).rejects.toThrow('expected a promise or a function; received 5. Give the promise itself');
    plain(() => expect([1]).not.toHaveOps([])).toThrow('it holds 1');
  });
});

describe('names with colons and lines', () => {
  const names = ['user:1', 'a\nb', '', ':ok', '*', '__proto__'];
  const plan = new FaultPlan();
  const point = plan.dynamicPoint('store.save');
  for (const name of names) point.runSync({ name }, () => {});

  test('a star stands for any name', () => {
    assertKernelOps(
      plan,
      names.map(() => 'store.save:*:ok'),
    );
    assertKernelOps(
      plan,
      names.map(() => '*:*:*'),
    );
  });

  test('a name is compared as it is, and a star within it stands for its rest', () => {
    assertKernelOps(
      plan,
      names.map((name) => `store.save:${name}:ok`),
    );
    assertOpsInOrder(plan, ['store.save:user:*:ok', 'store.save:a*b:ok']);
    plain(() => assertOpsInOrder(plan, ['store.save:user:*2:ok'])).toThrow('it never happened');
    plain(() => assertOpsInOrder(plan, ['store.save:user:1*1:ok'])).toThrow('it never happened');
    plain(() => assertOpsInOrder(plan, ['*:user:error'])).toThrow('it never happened');
  });

  test('no pattern takes long, however many stars it has', () => {
    const long = new FaultPlan();
    long.dynamicPoint('store.save').runSync({ name: 'a'.repeat(50_000) }, () => {});
    plain(() => assertKernelOps(long, [`store.save:${'*a'.repeat(200)}*b:ok`])).toThrow('the operations are not those');
  });
});
