import { expect, test } from 'vitest';
import { findRealUser } from '../../../src/process/proc/real-user.js';

test('root of a user namespace is who made it', () => {
  expect(findRealUser(0, '         0       1000          1\n')).toBe(1000);
});

test('a user is found in the range that has it', () => {
  const map = '         0       1000          1\n         1     100000      65536\n';
  expect([0, 1, 34, 65_536].map((uid) => findRealUser(uid, map))).toEqual([1000, 100_000, 100_033, 165_535]);
});

test('outside of all of them, and where nothing is told, everybody is who they are', () => {
  expect(findRealUser(1000, '         0          0 4294967295\n')).toBe(1000);
  expect(findRealUser(1000, '')).toBe(1000);
});
