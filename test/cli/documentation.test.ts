import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { PROBES } from '../../src/doctor/doctor.js';
import { RUNGS } from '../../src/doctor/rungs.js';

const page = readFileSync(join(root, 'docs/doctor.md'), 'utf8');

/** The words in code of the first column of the table below a heading, or of another column. */
function readColumn(heading: string, column: number): readonly (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((row) => row.startsWith('| `'));
  return rows.map((row) => [...(row.split('|')[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));
}

describe('docs/doctor.md', () => {
  test('lists every check there is, and no other', () => {
    expect(readColumn('The checks', 1).flat().sort()).toEqual(PROBES.map(({ id }) => id).sort());
  });

  test('says what each rung stands or falls with', () => {
    expect(readColumn('The rungs', 1).flat()).toEqual(RUNGS.map(({ id }) => id));
    expect(readColumn('The rungs', 2)).toEqual(RUNGS.map(({ needs }) => needs.flat()));
  });
});
