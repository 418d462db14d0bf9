import { expect, test } from 'vitest';
import { CONTRACT_CASES } from '../../src/contract/cases/index.js';
import {
  countRules,
  type FidelityRun,
  findStaleCases,
  judgeRule,
  toFidelityRun,
} from '../../src/contract/fidelity-run.js';
import type { CaseResult } from '../../src/contract/run-contract.js';
import { findCase, runOf } from './support.js';

const FULL = ['perf.full'] as const;

test('a rule is proven where all of its cases hold that speak of the release', () => {
  const run = runOf({ 'load.memory-einval': 'holds', 'load.memory-enomem': 'other-releases' });
  expect(judgeRule(run, 'load.memory')).toEqual({ verdict: 'proven', reasons: [] });
});

test('a rule is proven in part where a case lacks something, and not at all where every case does', () => {
  const lacking = { verdict: 'lacking', reason: 'no hooks' } as const;
  const license = judgeRule(runOf({ 'load.license-lsm': lacking, 'load.license-xdp': 'holds' }), 'load.license');
  expect(license).toEqual({ verdict: 'partly', reasons: ['no hooks'] });
  expect(judgeRule(runOf({ 'load.license-lsm': lacking, 'load.license-xdp': lacking }), 'load.license')).toEqual({
    verdict: 'lacking',
    reasons: ['no hooks'],
  });
});

test('one case that differs is enough for its rules to differ, whatever the others do', () => {
  const run = runOf({ 'load.license-lsm': { verdict: 'differs', reason: 'EPERM' }, 'load.license-xdp': 'holds' });
  expect(judgeRule(run, 'load.license')).toEqual({ verdict: 'differs', reasons: ['EPERM'] });
});

test('a rule none of whose cases speaks of the release is of other releases, and counts for nothing', () => {
  const run = runOf({ 'tcx.before-6-6': 'other-releases', 'perf.full': 'holds' });
  expect(judgeRule(run, 'tcx.release')).toEqual({ verdict: 'other-releases', reasons: [] });
  expect(countRules(run)).toEqual({ rules: 2, proven: 2, partly: 0, lacking: 0, differs: 0 });
  expect(findCase(FULL[0]).rules).toEqual(['perf.full', 'perf.exists']);
});

test('a run keeps the reason of what lacks or differs, and none of what is of other releases', () => {
  const results: readonly CaseResult[] = [
    { case: findCase('perf.full'), verdict: 'holds' },
    { case: findCase('load.license-lsm'), verdict: 'lacking', reason: 'no hooks' },
    { case: findCase('tcx.before-6-6'), verdict: 'other-releases', reason: 'true before Linux 6.6' },
  ];
  expect(toFidelityRun({ release: '6.18', version: '6.18.44', kind: 'kernel' }, results, 'here')).toEqual({
    version: '6.18.44',
    release: '6.18',
    kind: 'kernel',
    about: 'here',
    cases: {
      'perf.full': { verdict: 'holds' },
      'load.license-lsm': { verdict: 'lacking', reason: 'no hooks' },
      'tcx.before-6-6': { verdict: 'other-releases' },
    },
  });
  expect(toFidelityRun({ release: '6.18', kind: 'model' }, [])).toEqual({
    version: '6.18',
    release: '6.18',
    kind: 'model',
    cases: {},
  });
});

test('a run is stale by the cases that are gone, and by those that were not tried or were of other releases then', () => {
  const cases = CONTRACT_CASES.map(({ id, since, until }): [string, FidelityRun['cases'][string]] => [
    id,
    { verdict: since === undefined && until === undefined ? 'holds' : 'other-releases' },
  ]);
  const run = { ...runOf({}), release: '4.0', cases: Object.fromEntries(cases) };
  const always = findCase('load.license-xdp').id;
  const later = findCase('load.memory-einval').id;
  const before = CONTRACT_CASES.filter(({ since, until }) => since === undefined && until !== undefined);
  expect(findStaleCases(run)).toEqual({ gone: [], untried: before.map(({ id }) => id) });
  const { [always]: _removed, ...rest } = run.cases;
  const stale = findStaleCases({
    ...run,
    cases: { ...rest, 'old.case': { verdict: 'holds' }, [later]: { verdict: 'holds' } },
  });
  expect(stale.gone).toEqual(['old.case']);
  expect(stale.untried).toEqual(expect.arrayContaining([always, later]));
});
