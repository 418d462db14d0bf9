import { describe, expect, test } from 'vitest';
import { estimateShare } from '../../src/report/compare/collect-figures.js';
import { compareReports } from '../../src/report/compare/compare-reports.js';
import type { ScenarioReport, ScenarioResult } from '../../src/scenarios/scenario-result.js';
import { makeChurn, makeReport } from './sample-report.js';

function reportOf(scenario: ScenarioResult): ScenarioReport {
  return { ...makeReport(), scenarios: [scenario] };
}

function compare(before: ScenarioResult, after: ScenarioResult) {
  const [comparison] = compareReports(reportOf(after), reportOf(before)).scenarios;
  return {
    comparison,
    figure: (name: string) => comparison?.figures.find((figure) => figure.name === name),
  };
}

describe('two runs', () => {
  test('that are alike have no figure that is better or worse', () => {
    const { comparison } = compare(makeChurn(), makeChurn());
    expect(comparison).toMatchObject({ differences: [], verdicts: [] });
    expect(new Set(comparison?.figures.map(({ outcome }) => outcome))).toEqual(new Set(['same']));
  });

  test('of which one is slower: times are worse when they are longer, beyond chance where the intervals are apart', () => {
    const { figure } = compare(makeChurn(), makeChurn({ slowness: 2 }));
    expect(figure('latency, p99')).toMatchObject({ outcome: 'worse', confidence: 'beyond-chance', change: 1 });
    expect(figure('latency, p99.9')).toMatchObject({ outcome: 'worse', confidence: 'unknown' });
    expect(compare(makeChurn({ slowness: 2 }), makeChurn()).figure('latency, p50')?.outcome).toBe('better');
  });

  test('that differ less than chance may make are not judged', () => {
    const { figure } = compare(makeChurn(), makeChurn({ slowness: 1.01 }));
    expect(figure('latency, p99')).toMatchObject({ outcome: 'unclear', confidence: 'within-chance' });
  });

  test('that succeed less often are worse, and a measure says itself which way is better', () => {
    const before = makeChurn();
    const load = before.load.map((each) => ({ ...each, succeeded: 4000, failed: 2000 }));
    const measures = before.measures.map((each) =>
      each.kind === 'counter' && each.name === 'tasks done' ? { ...each, total: 3000 } : each,
    );
    const { figure } = compare(before, { ...before, load, measures });
    expect(figure('tasks, succeeded')).toMatchObject({ outcome: 'worse', confidence: 'beyond-chance' });
    expect(figure('tasks done')).toMatchObject({ outcome: 'worse', before: 6000, after: 3000 });
    expect(figure('disruptions')?.outcome).toBe('same');
  });

  test('that were run in another way are told apart', () => {
    expect(compare(makeChurn(), makeChurn({ workers: 3 })).comparison?.differences).toEqual([
      'workers: 12 before, 3 now',
    ]);
    const other = { ...makeReport(), machine: { node: 'v22.18.0' } };
    expect(compareReports(makeReport(), other).differences).toContain('node: v22.18.0 before, v24.21.0 now');
  });

  test('have verdicts that turned, and scenarios that only one of them has', () => {
    const [first, second] = makeReport().scenarios;
    if (first === undefined || second === undefined) throw new Error('two scenarios were expected');
    const verdicts = first.verdicts.map((each, index) => (index === 0 ? { ...each, status: 'failed' as const } : each));
    const { comparison } = compare(first, { ...first, verdicts });
    expect(comparison?.verdicts).toEqual([
      { name: 'at least 95 % of the tasks succeed', before: 'passed', after: 'failed', outcome: 'worse' },
    ]);
    expect(compareReports(reportOf(first), reportOf(second))).toMatchObject({
      scenarios: [],
      gone: ['message flood'],
      added: ['steady load, continuous churn'],
    });
  });
});

test('a share has an interval that holds near 0 and 1 too', () => {
  // Brown, Cai and DasGupta (2001): 0 of 10 gives 0 to 0.278.
  expect(estimateShare(0, 10).low).toBeCloseTo(0, 6);
  expect(estimateShare(0, 10).high).toBeCloseTo(27.75, 1);
  expect(estimateShare(0, 0)).toEqual({});
});
