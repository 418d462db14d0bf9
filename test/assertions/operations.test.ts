import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertHappensBefore, assertKernelOps, assertOpsInOrder } from '../../src/assertions/operations.js';
import { operations } from './support.js';

describe('assertKernelOps', () => {
  test('accepts exactly the operations that were recorded, in their order', () => {
    assertKernelOps(operations('load:a:ok', 'attach:a:error EBUSY'), ['load:a:ok', 'attach:a:error']);
    assertKernelOps([], []);
  });

  test('takes whatever has operations(), a wildcard for a part, and a regular expression', () => {
    const source = { operations: () => operations('load:a:ok', 'load:b:ok', 'attach:b:error EBUSY') };
    assertKernelOps(source, ['load:*:ok', /^load:b/g, '*:b:*']);
  });

  test('says what is missing and what is too much, with error codes and injected faults', () => {
    expect(() =>
      assertKernelOps(operations('load:a:ok', 'load:b:error ENOMEM injected', 'unload:a:ok'), [
        'load:a:ok',
        'load:b:ok',
        'unload:a:ok',
        'load:c:ok',
      ]),
    ).toThrow(
      [
        'the operations are not those expected: expected 4, received 3 (- missing, + unexpected)',
        '    load:a:ok',
        '  - load:b:ok',
        '  + load:b:error (ENOMEM) [injected]',
        '    unload:a:ok',
        '  - load:c:ok',
      ].join('\n'),
    );
  });

  test('folds long runs that agree', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `load:p${index}:ok`);
    expect(() => assertKernelOps(operations(...lines), [...lines.slice(0, 19), 'load:other:ok'])).toThrow(
      /… 16 more as expected\n {4}load:p16:ok\n.*\n.*\n {2}- load:other:ok\n {2}\+ load:p19:ok$/s,
    );
  });

  test('treats the characters of a wildcard line literally but for the star', () => {
    expect(() => assertKernelOps(operations('load:axb:ok'), ['load:a.b*:ok'])).toThrow('- load:a.b*:ok');
    expect(() => assertKernelOps(operations('load:a:ok'), ['*:ok'])).toThrow(TypeError);
  });

  test('refuses what can match no operation, all mistakes at once', () => {
    expect(() => assertKernelOps([], ['load:a', 'load:a:okay', 'load:a:ok'])).toThrow(
      'assertKernelOps: 2 mistakes:\n' +
        '  - operation 1 is "load:a"; expected verb:name:ok, verb:name:error or verb:name:crash\n' +
        '  - operation 2 is "load:a:okay"; expected verb:name:ok, verb:name:error or verb:name:crash',
    );
  });

  test('refuses a source that keeps no operations', () => {
    const source: unknown = { operations: 3 };
    expect(() => assertKernelOps(source as [], [])).toThrow(
      'assertKernelOps: expected a kernel, a fault plan or a list of operations; received {"operations":3}',
    );
  });

  test('agrees with plain comparison of lines for any two lists', () => {
    const line = fc.constantFrom('load:a:ok', 'load:b:ok', 'attach:a:error', 'unload:a:ok');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 12 }), (received, expected) => {
        const same = received.join() === expected.join();
        let message: string | undefined;
        try {
          assertKernelOps(operations(...received), expected);
        } catch (error) {
          message = String(error);
        }
        expect(message === undefined).toBe(same);
        if (message === undefined) return;
        const marks = message.split('\n').slice(1);
        const missing = marks.filter((text) => text.startsWith('  - ')).length;
        const extra = marks.filter((text) => text.startsWith('  + ')).length;
        expect(received.length - extra).toBe(expected.length - missing);
      }),
    );
  });
});

describe('assertOpsInOrder', () => {
  const recorded = operations('load:a:ok', 'pin:a:ok', 'attach:a:ok', 'detach:a:ok', 'unload:a:ok');

  test('accepts a subsequence', () => {
    assertOpsInOrder(recorded, ['load:a:ok', 'attach:*:ok', 'unload:a:ok']);
  });

  test('needs an operation of its own for each entry', () => {
    expect(() => assertOpsInOrder(recorded, ['load:a:ok', 'load:a:ok'])).toThrow(
      'expected load:a:ok after load:a:ok (number 1): it happened before, as number 1',
    );
  });

  test('names the first that never happened, and lists what did', () => {
    expect(() => assertOpsInOrder(operations('load:a:ok'), ['load:a:ok', 'load:b:ok'])).toThrow(
      'expected load:b:ok after load:a:ok (number 1): it never happened\nrecorded operations (1):\n  1. load:a:ok',
    );
    expect(() => assertOpsInOrder([], ['load:b:ok'])).toThrow(
      'expected load:b:ok: it never happened\nno operation was recorded',
    );
  });
});

describe('assertHappensBefore', () => {
  const recorded = operations('detach:a:ok', 'unload:a:ok', 'detach:b:ok');

  test('accepts the first before the second', () => {
    assertHappensBefore(recorded, 'detach:a:ok', 'unload:a:ok');
    assertHappensBefore(recorded, 'detach:*:ok', 'unload:*:ok');
  });

  test('says where both were seen when they are the wrong way round', () => {
    expect(() => assertHappensBefore(recorded, 'detach:b:ok', 'unload:a:ok')).toThrow(
      'expected detach:b:ok to happen before unload:a:ok: detach:b:ok was number 3, unload:a:ok number 2',
    );
  });

  test('does not accept what never happened', () => {
    expect(() => assertHappensBefore(recorded, 'detach:c:ok', 'unload:c:ok')).toThrow(
      'detach:c:ok and unload:c:ok never happened',
    );
    expect(() => assertHappensBefore(recorded, 'detach:a:ok', 'unload:c:ok')).toThrow('unload:c:ok never happened');
  });
});
