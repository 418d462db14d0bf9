import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isGloveboxError } from '../../src/core/errors.js';
import { errnoOf, KernelError } from '../../src/core/kernel-error.js';

describe('KernelError', () => {
  it("has the shape of Node's system errors", () => {
    const error = new KernelError('EBUSY', { syscall: 'bpf(BPF_LINK_CREATE)' });
    expect(error).toMatchObject({ name: 'KernelError', code: 'EBUSY', errno: -16, syscall: 'bpf(BPF_LINK_CREATE)' });
    expect(error.message).toBe('EBUSY: device or resource busy, bpf(BPF_LINK_CREATE)');
    expect('cause' in error).toBe(false);
  });

  it('tells the action, the hint and the words of the verifier', () => {
    const cause = new Error('underneath');
    const error = new KernelError('EINVAL', {
      syscall: 'bpf(BPF_PROG_LOAD)',
      action: 'load program "prog_one"',
      hint: 'Its type needs an attach target',
      verifierLog: '0: (95) exit\nR0 !read_ok\n',
      cause,
    });
    expect(error.message).toBe(
      'load program "prog_one": EINVAL: invalid argument, bpf(BPF_PROG_LOAD). Its type needs an attach target\n' +
        '0: (95) exit\nR0 !read_ok',
    );
    expect(error.verifierLog).toBe('0: (95) exit\nR0 !read_ok\n');
    expect(error.cause).toBe(cause);
  });

  it('keeps names within a description in capitals', () => {
    expect(new KernelError('ENOTNAM', { syscall: 'x' }).message).toBe('ENOTNAM: not a XENIX named type file, x');
    expect(new KernelError('EDOTDOT', { syscall: 'x' }).message).toBe('EDOTDOT: RFS specific error, x');
  });

  it("is a kernel's answer and none of glovebox's own errors", () => {
    expect(isGloveboxError(new KernelError('EBUSY', { syscall: 'x' }))).toBe(false);
  });
});

describe('errnoOf', () => {
  it('reads the name from a kernel error and from an error of Node', async () => {
    const failure: unknown = await readFile('/there/is/no/such/file').catch((error: unknown) => error);
    expect(errnoOf(failure)).toBe('ENOENT');
    expect(errnoOf(new KernelError('EBUSY', { syscall: 'x' }))).toBe('EBUSY');
  });

  it("translates Node's second names, and goes by the number where Node has no name", () => {
    expect(errnoOf({ code: 'ENOTSUP', errno: -95 })).toBe('EOPNOTSUPP');
    expect(errnoOf({ code: 'Unknown system error -524', errno: -524 })).toBe('ENOTSUPP');
  });

  it.each([undefined, null, 'EBUSY', new Error('plain'), { code: 'ERR_INVALID_ARG_TYPE' }, { code: 16 }])(
    'finds none in %o',
    (error) => {
      expect(errnoOf(error)).toBeUndefined();
    },
  );
});
