import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAllFrozen } from '../../../src/process/isolation/cgroup.js';
import { createFolder } from '../../support/create-folder.js';

test('a group that is frozen by its own account is not while one that was made in it goes on', () => {
  const group = createFolder();
  const inner = join(group, 'of-the-program', 'deeper');
  mkdirSync(inner, { recursive: true });
  // As the kernel has them while one of a program's own groups has not stopped yet: no test can hold it there.
  const tell = (path: string, isFrozen: boolean): void =>
    writeFileSync(join(path, 'cgroup.events'), `populated 1\nfrozen ${isFrozen ? 1 : 0}\n`);
  tell(group, true);
  tell(join(group, 'of-the-program'), true);
  tell(inner, false);
  expect(isAllFrozen(group)).toBe(false);
  tell(inner, true);
  expect(isAllFrozen(group)).toBe(true);
  tell(group, false);
  expect(isAllFrozen(group)).toBe(false);
});
