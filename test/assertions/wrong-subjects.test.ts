import { describe, expect as plain, test } from 'vitest';
import { assertRejectsWithErrno } from '../../src/assertions/errno.js';
import { assertHasAddress } from '../../src/assertions/network/address.js';
import { assertConserves } from '../../src/assertions/network/conserve.js';
import { assertHasForwarded } from '../../src/assertions/network/forwarded.js';
import { assertHasJoined } from '../../src/assertions/network/joined.js';
import { assertReaches } from '../../src/assertions/network/reach.js';
import { assertHasRoute } from '../../src/assertions/network/route.js';
import { assertKernelOps, assertOpsInOrder } from '../../src/assertions/operations.js';
import { assertCleanState, assertDatabaseEmpty } from '../../src/assertions/state.js';
import type { UsageError } from '../../src/core/errors.js';
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
    [
      'a word for a host',
      assertHasAddress,
      ['left', '10.0.0.1'],
      'expected a host of a lab or a Netns; received "left"',
    ],
    [
      'a lab for a host',
      assertHasRoute,
      [{ hosts: {} }, { to: 'default' }],
      'expected a host of a lab or a Netns; received',
    ],
    [
      'a text for a route',
      assertHasRoute,
      [{ readRoutes() {} }, 'default'],
      'expected { to, via, interface, metric }; received "default"',
    ],
    ['nothing for a member', assertHasJoined, [undefined, '239.1.1.1'], 'expected a host of a lab; received undefined'],
    ['a number for who reaches', assertReaches, [7, '10.0.0.1'], 'expected a host of a lab or a Netns; received 7'],
    [
      'a count for a router',
      assertHasForwarded,
      [10, 10],
      'expected a router, a host, a switch or a link of a lab; received 10',
    ],
    ['a number for stages', assertConserves, [10], 'expected counts of two stages or more'],
    ['one stage', assertConserves, [{ matched: 10 }], 'expected counts of two stages or more'],
    ['stages without an order', assertConserves, [{ 2: 10, 1: 10 }], 'stages whose names are numbers have no order'],
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
    plain(() => expect({ matched: 10 }).not.toConserve()).toThrow('expected counts of two stages or more');
    await plain(expect('left').not.toHaveAddress('10.0.0.1')).rejects.toThrow('received "left"');
    await plain(expect(7).not.toReach('10.0.0.1')).rejects.toThrow('received 7');
  });
});

describe('what an assertion about a network is told wrongly', () => {
  const netns = { readAddresses: () => [], readRoutes: () => [] };
  const router = { name: 'gateway', forwarded: () => 0 };
  const host = { name: 'left', joined: async () => [] };

  test.each<[string, (...args: never[]) => unknown, readonly unknown[], readonly string[]]>([
    [
      'an address',
      assertHasAddress,
      [netns, '10.0.0.256', { lable: 'lo', interface: '', timeoutMs: -1 }],
      [
        'address must be an IP address or a prefix, such as "10.0.0.1" or "10.0.0.0/24", not "10.0.0.256"',
        '"lable" is no option. Did you mean "label"?',
        'interface must be a string that is not empty, not ""',
        'timeoutMs must be a finite number of milliseconds, 0 or more; received -1',
      ],
    ],
    [
      'a route',
      assertHasRoute,
      [netns, { to: '10.0.0.0/33', via: 'gateway', metric: -1, dev: 'eth0' }],
      [
        '"dev" is no option',
        'to must be an IP address or a prefix, such as "10.0.0.1" or "10.0.0.0/24", not "10.0.0.0/33"',
        'via must be an IP address or a prefix, such as "10.0.0.1" or "10.0.0.0/24", not "gateway"',
        'metric must be a whole number, 0 or more, not -1',
      ],
    ],
    [
      'a group',
      assertHasJoined,
      [host, '', { timeoutMs: Number.NaN }],
      ['group must be a string', 'timeoutMs must be'],
    ],
    [
      'a count',
      assertHasForwarded,
      [router, { atLeast: 1.5, exactly: 3 }, { since: -1, flow: 'udp' }],
      [
        'atLeast must be a whole number, 0 or more, not 1.5',
        'since must be a whole number, 0 or more, not -1',
        '"exactly" is no option',
        'flow must be the report of a ledger, not "udp"',
        'flow counts since its ledger was opened; leave out since',
      ],
    ],
    ['no count', assertHasForwarded, [router, {}], ['count must have atLeast or atMost']],
    ['a loss', assertConserves, [{ a: 1, b: -1 }, {}], ['b must be a whole number, 0 or more, not -1']],
    [
      'an allowance',
      assertConserves,
      [{ a: 1, b: 1 }, { lost: -1 }],
      ['lost must be a whole number, 0 or more, not -1'],
    ],
  ])('%s, is told all at once', async (_what, assertion, args, mistakes) => {
    const error = await fail(assertion, ...args);
    plain(error).toMatchObject({ name: 'UsageError' });
    for (const mistake of mistakes) plain(String(error)).toContain(mistake);
    plain((error as UsageError).problems).toHaveLength(mistakes.length);
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
