import { describe, expect, test } from 'vitest';
import { isFile, resolveAddress } from '../../src/address.ts';

const linux = { platform: 'linux', environment: { XDG_RUNTIME_DIR: '/run/user/1000' } } as const;
const windows = { platform: 'win32', environment: {} } as const;

describe('A bus is found by its name', () => {
  test('at a socket', () => {
    expect(resolveAddress('main', linux)).toBe('/run/user/1000/main.sock');
    expect(resolveAddress('main', { platform: 'linux', environment: { TMPDIR: '/scratch' } })).toBe(
      '/scratch/event-bus/main.sock',
    );
    expect(resolveAddress('./here.sock', linux)).toBe('./here.sock');
    expect(isFile('/run/user/1000/main.sock')).toBe(true);
  });

  test('at a named pipe, on Windows', () => {
    expect(resolveAddress('main', windows)).toBe('\\\\.\\pipe\\event-bus-main');
    expect(resolveAddress('\\\\.\\pipe\\other', windows)).toBe('\\\\.\\pipe\\other');
    expect(isFile('\\\\.\\pipe\\other')).toBe(false);
  });
});

describe('What can be no address', () => {
  test('is told so, and why', () => {
    expect(() => resolveAddress('a b', linux)).toThrow('"a b" is neither a path nor a name (A-Z a-z 0-9 . _ -)');
    expect(() => resolveAddress('', linux)).toThrow('"" is neither a path nor a name');
    expect(() => resolveAddress('/run/bus.sock', windows)).toThrow(
      'On Windows a bus has a name, or a pipe as \\\\.\\pipe\\bus; not /run/bus.sock',
    );
    expect(() => resolveAddress('\\\\.\\pipe\\bus', linux)).toThrow('is a named pipe of Windows');
  });

  test('is a path that the kernel has no room for', () => {
    const path = (length: number): string => `/${'x'.repeat(length - 1)}`;
    expect(resolveAddress(path(107), linux)).toHaveLength(107);
    expect(() => resolveAddress(path(108), linux)).toThrow('The path of a socket has at most 107 bytes here: /xxx');
    expect(() => resolveAddress(path(104), { platform: 'darwin', environment: {} })).toThrow('at most 103 bytes');
  });
});
