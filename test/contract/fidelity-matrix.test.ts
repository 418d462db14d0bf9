import { expect, test } from 'vitest';
import { renderFidelityMatrix } from '../../src/contract/fidelity-matrix.js';
import { modelledRules } from '../../src/contract/fidelity-run.js';
import { runOf } from './support.js';

const RULE = '**load.license**';
const HELD = { 'load.license-lsm': 'holds', 'load.license-xdp': 'holds' } as const;
const LACKED = { ...HELD, 'load.license-lsm': { verdict: 'lacking', reason: 'hooks: none of them' } } as const;
const DIFFERED = { ...HELD, 'load.license-xdp': { verdict: 'differs', reason: "expected\n'ok'" } } as const;

const MODEL = runOf(HELD, { kind: 'model', version: '6.18' });

/** The marks of a rule, as in `✓ ○`. */
function marksOf(matrix: string, rule = RULE): string {
  const row = matrix.split('\n').find((line) => line.startsWith(`| ${rule}`)) ?? '';
  return row
    .slice(row.indexOf('</sub> |') + '</sub> |'.length)
    .replaceAll('|', '')
    .trim();
}

/** What stands below a heading, up to the next. */
function sectionOf(matrix: string, title: string): string | undefined {
  return matrix
    .split(/^## /m)
    .find((section) => section.startsWith(`${title}\n`))
    ?.slice(title.length)
    .trim();
}

test('a rule has a mark for each kernel, the oldest first: proven, in part, not tried', () => {
  const matrix = renderFidelityMatrix([
    runOf(HELD, { version: '6.18.44' }),
    runOf(LACKED, { version: '6.12.117', release: '6.12' }),
    runOf({ 'load.license-lsm': LACKED['load.license-lsm'] }, { version: '6.18.9' }),
    MODEL,
  ]);
  expect(matrix).toContain('| Rule | 6.12.117 | 6.18.9 | 6.18.44 |\n| --- | :-: | :-: | :-: |\n');
  expect(marksOf(matrix)).toBe('◐  ○  ✓');
  expect(marksOf(matrix, '**tcx.release**')).toBe('');
});

test('a row tells what is done, what comes of it, and where in the source', () => {
  const rows = renderFidelityMatrix([runOf(HELD)]).split('\n');
  expect(rows).toContain(
    '| **load.license**: an LSM program is under a licence that is not compatible with the GPL → EINVAL' +
      '<br><sub>kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog</sub> | ✓ |',
  );
});

test('a rule is not proven on a kernel when the model of its release does not have it', () => {
  const kernel = runOf(HELD);
  expect(marksOf(renderFidelityMatrix([kernel, { ...runOf(LACKED), kind: 'model' }]))).toBe('◐');
  expect(marksOf(renderFidelityMatrix([kernel, { ...runOf(DIFFERED), kind: 'model' }]))).toBe('✗');
  expect(marksOf(renderFidelityMatrix([kernel, { ...runOf(DIFFERED), kind: 'model', release: '6.12' }]))).toBe('✓');
});

test('what differs has a section of its own, which is not there otherwise', () => {
  const matrix = renderFidelityMatrix([runOf(DIFFERED), { ...runOf(DIFFERED), kind: 'model', version: '6.18' }]);
  expect(marksOf(matrix)).toBe('✗');
  expect(sectionOf(matrix, 'What differs')).toBe(
    "- `load.license-xdp` on Linux 6.18.1: expected 'ok'\n- `load.license-xdp` on the fake as 6.18: expected 'ok'",
  );
  expect(sectionOf(renderFidelityMatrix([runOf(HELD), MODEL]), 'What differs')).toBeUndefined();
});

test('the totals count rules for each kernel, and once for all', () => {
  const kernels = [
    runOf({ ...LACKED, 'perf.full': 'holds' }, { version: '6.18.44', about: 'one' }),
    runOf(
      { ...HELD, 'load.memory-einval': DIFFERED['load.license-xdp'] },
      { version: '7.2.0', release: '7.2', about: 'two' },
    ),
  ];
  const matrix = renderFidelityMatrix([...kernels, MODEL]);
  const all = modelledRules().length;
  expect(sectionOf(matrix, 'Totals')?.split('\n')).toEqual([
    '| Kernel | Rules proven | In part | Modelled only | Differ | Cases that hold |',
    '| --- | --- | --- | --- | --- | --- |',
    '| 6.18.44 | 2 of 3, 66.7 % | 1 | 0 | 0 | 2 |',
    '| 7.2.0 | 1 of 2, 50.0 % | 0 | 0 | 1 | 2 |',
    `| **any of them** | **1 of ${all}, ${(100 / all).toFixed(1)} %** | 2 | ${all - 4} | 1 | 3 |`,
    '',
    'Where they ran:',
    '',
    '- **6.18.44**, beside the profile 6.18: one.',
    '- **7.2.0**, no profile of the fake is of this release: two.',
  ]);
});

test('what could not be tried stands with its reason, the kernels and the rules', () => {
  const title = 'What could not be tried, and why';
  const kernels = [runOf(LACKED), runOf(HELD, { version: '7.2.0', release: '7.2' })];
  expect(sectionOf(renderFidelityMatrix(kernels), title)).toBe(
    '- **hooks** (6.18.1): none of them. Rules: `load.license`.',
  );
  expect(sectionOf(renderFidelityMatrix([runOf(LACKED)]), title)).toBe(
    '- **hooks** (every kernel): none of them. Rules: `load.license`.',
  );
  expect(sectionOf(renderFidelityMatrix([runOf(HELD)]), title)).toBe('Everything was tried.');
});

test('where no kernel was tried, models have the columns', () => {
  const matrix = renderFidelityMatrix([MODEL]);
  expect(marksOf(matrix)).toBe('✓');
  expect(matrix).toContain('- **6.18**: a model of it, and no kernel.');
});

test('rules that are not modelled are named, with the reason, and are in no table', () => {
  const matrix = renderFidelityMatrix([runOf(HELD)]);
  expect(sectionOf(matrix, 'Rules that are not modelled')).toContain('- **ids.link-being-made**: ');
  expect(marksOf(matrix, '**ids.link-being-made**')).toBe('');
  expect(modelledRules()).not.toContain('ids.link-being-made');
});
