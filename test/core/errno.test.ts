import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import {
  type ErrnoName,
  errnoDescription,
  errnoName,
  errnoNames,
  errnoNumber,
  findErrnoName,
  isErrnoName,
} from '../../src/core/errno.js';
import { UsageError } from '../../src/core/errors.js';

const misspelt = 'EBUZY' as ErrnoName;

describe('the errno table', () => {
  it.runIf(process.platform === 'linux')('has the number that Node has for every name both know', () => {
    const known = Object.entries(constants.errno).filter(([name]) => isErrnoName(name));
    expect(known.length).toBeGreaterThan(70);
    expect(known.map(([name, number]) => [name, number])).toEqual(
      known.map(([name]) => [name, errnoNumber(name as ErrnoName)]),
    );
  });

  it.runIf(process.platform === 'linux')('knows every name of Node by itself or as a second name', () => {
    const unknown = Object.entries(constants.errno).filter(([name, number]) => {
      const found = findErrnoName(name);
      return found === undefined || errnoNumber(found) !== number;
    });
    expect(unknown).toEqual([]);
  });

  it('leads from each name to its number and back, from either sign', () => {
    for (const name of errnoNames()) {
      expect(errnoName(errnoNumber(name))).toBe(name);
      expect(errnoName(-errnoNumber(name))).toBe(name);
    }
  });

  it('lists each name and each number once, in the order of the numbers', () => {
    const numbers = errnoNames().map(errnoNumber);
    expect(new Set(errnoNames()).size).toBe(numbers.length);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it.each([
    ['EPERM', 1, 'Operation not permitted'],
    ['EBUSY', 16, 'Device or resource busy'],
    ['EOPNOTSUPP', 95, 'Operation not supported'],
    ['ENOTSUPP', 524, 'Operation is not supported'],
  ] as const)('gives %s the number %d and the words of strerror', (name, number, description) => {
    expect(errnoNumber(name)).toBe(number);
    expect(errnoDescription(name)).toBe(description);
  });

  it('refuses a name that Linux does not have', () => {
    const message = `errno: "EBUZY" is not an error name of Linux; expected one such as 'EBUSY' or 'ENOENT'`;
    expect(() => errnoNumber(misspelt)).toThrow(new UsageError('errno', message.slice('errno: '.length)));
    expect(() => errnoDescription(misspelt)).toThrow(message);
    expect(isErrnoName('EBUZY')).toBe(false);
    expect(isErrnoName(16)).toBe(false);
  });

  it.each([0, 41, 58, 4096, Number.NaN, 1.5])('refuses the number %d', (number) => {
    expect(() => errnoName(number)).toThrow(`errnoName: ${number} is not an error number of Linux`);
  });

  it('takes a second name for the name in the table', () => {
    expect(findErrnoName('ENOTSUP')).toBe('EOPNOTSUPP');
    expect(findErrnoName('EWOULDBLOCK')).toBe('EAGAIN');
    expect(findErrnoName('EDEADLOCK')).toBe('EDEADLK');
    expect(findErrnoName(-2)).toBe('ENOENT');
    expect(findErrnoName('toString')).toBeUndefined();
    expect(findErrnoName({})).toBeUndefined();
  });
});
