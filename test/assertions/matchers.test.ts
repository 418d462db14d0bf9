import { describe, expect as plain, test } from 'vitest';
import { KernelError } from '../../src/core/kernel-error.js';
import { expect } from '../../src/fixtures/index.js';
import { kernelWith, operations } from './support.js';

const busy = (): KernelError => new KernelError('EBUSY', { syscall: 'bpf(BPF_LINK_CREATE)', action: 'attach' });

async function failureOf(assertion: () => unknown): Promise<Error> {
  try {
    await assertion();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('the assertion passed');
}

describe('the matchers', () => {
  test('pass where their assertion holds', async () => {
    const recorded = operations('load:a:ok', 'attach:a:ok');
    expect(recorded).toHaveOps(['load:a:ok', 'attach:a:ok']);
    expect(recorded).toHaveOpsInOrder(['attach:a:ok']);
    expect(recorded).toHaveOpBefore('load:*:ok', 'attach:*:ok');
    expect(kernelWith()).toBeEmpty();
    expect({ kernel: kernelWith() }).toBeClean();
    await expect(Promise.reject(busy())).toRejectWithErrno('EBUSY');
    await expect(() => {
      throw busy();
    }).toRejectWithErrno('EBUSY');
  });

  test('fail with the message of their assertion, and hand the test runner both sides of the difference', async () => {
    const error = await failureOf(() => expect(operations('load:a:ok')).toHaveOps(['load:b:ok']));
    plain(error.message).toContain('- load:b:ok\n  + load:a:ok');
    plain(error).toMatchObject({ actual: ['load:a:ok'], expected: ['load:b:ok'] });
  });

  test('can be negated', async () => {
    expect(operations('load:a:ok')).not.toHaveOps([]);
    expect(kernelWith({ clsacts: [{ netns: 1, ifindex: 2 }] })).not.toBeEmpty();
    await expect(Promise.reject(busy())).not.toRejectWithErrno('ENOENT');
    const error = await failureOf(() => expect(kernelWith()).not.toBeEmpty());
    plain(error.message).toBe('expected it not to be empty, and nothing is there');
  });

  test('do not take a usage error for a failed assertion, negated or not', async () => {
    const error = await failureOf(() => expect(7).not.toBeEmpty());
    plain(error.message).toBe('toBeEmpty: expected a kernel or a SQLite database; received 7');
    plain((await failureOf(() => expect(operations()).not.toHaveOps(['load']))).name).toBe('UsageError');
  });

  test('toRejectWithErrno says what happened instead', async () => {
    const other = await failureOf(() => expect(Promise.reject(busy())).toRejectWithErrno('ENOENT'));
    plain(other.message).toBe(
      'expected a failure with ENOENT, received EBUSY: attach: EBUSY: device or resource busy, bpf(BPF_LINK_CREATE)',
    );
    const none = await failureOf(() => expect(Promise.resolve(3)).toRejectWithErrno('ENOENT'));
    plain(none.message).toBe('expected a failure with ENOENT, but it succeeded with 3');
    const foreign = await failureOf(() => expect(Promise.reject(new Error('no'))).toRejectWithErrno('ENOENT'));
    plain(foreign.message).toBe('expected a failure with ENOENT, received Error without an errno: no');
  });
});
