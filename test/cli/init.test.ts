import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeProject } from '../../src/cli/init/write-project.js';
import { createTempFolder } from '../../src/process/index.js';

test('what cannot be written is told, and the rest is written', () => {
  using folder = createTempFolder();
  mkdirSync(join(folder.path, 'test'));
  writeFileSync(join(folder.path, 'test/unit'), 'mine');
  expect(writeProject(folder.path)).toEqual({
    written: ['vitest.config.mts', '.github/workflows/test.yml'],
    left: [],
    failed: [{ path: 'test/unit/first.test.ts', reason: 'EEXIST' }],
  });
  expect(readFileSync(join(folder.path, 'test/unit'), 'utf8')).toBe('mine');
});
