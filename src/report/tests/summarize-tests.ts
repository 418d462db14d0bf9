import type { VerdictStatus } from '../../scenarios/scenario-result.js';
import { countOf } from '../text/format.js';
import type { TestRecord, TestRunReport, TestSkip, TestState } from './test-run-report.js';

/** What a run of tests comes to. */
export interface TestRunSummary {
  readonly status: VerdictStatus;
  readonly counts: Readonly<Record<TestState, number>>;
  /** `Passed`, `Failed`, `Interrupted`. */
  readonly word: string;
  /** `2 of 31 tests failed, 3 were skipped`. */
  readonly sentence: string;
}

/** Counts what a run of tests holds. */
export function summarizeTests({ tests, errors, reason }: TestRunReport): TestRunSummary {
  const counts = { passed: 0, failed: 0, skipped: 0, 'expected-failure': 0 };
  for (const { state } of tests) counts[state]++;
  const hasFailed = reason === 'failed' || counts.failed + errors.length > 0;
  const parts = [
    counts.failed > 0
      ? `${counts.failed} of ${countOf(tests.length, 'test')} failed`
      : `${counts.passed} of ${countOf(tests.length, 'test')} passed`,
    ...(counts['expected-failure'] > 0 ? [`${counts['expected-failure']} failed as expected`] : []),
    ...(counts.skipped > 0 ? [`${counts.skipped} ${counts.skipped === 1 ? 'was' : 'were'} skipped`] : []),
    ...(errors.length > 0 ? [`${countOf(errors.length, 'error')} outside of any test`] : []),
  ];
  const word = reason === 'interrupted' ? 'Interrupted' : hasFailed ? 'Failed' : 'Passed';
  return { status: word === 'Passed' ? 'passed' : 'failed', counts, word, sentence: parts.join(', ') };
}

/** The name of a test with those of its suites. */
export function nameTest({ path }: Pick<TestRecord, 'path'>): string {
  return path.join(' > ');
}

/** Tests that were skipped for one reason. */
export interface SkippedTests extends TestSkip {
  readonly tests: readonly TestRecord[];
}

/** What was skipped, by reason, the most frequent first. */
export function groupSkipped(tests: readonly TestRecord[]): readonly SkippedTests[] {
  const groups = new Map<string, TestSkip & { readonly tests: TestRecord[] }>();
  for (const test of tests) {
    if (test.state !== 'skipped') continue;
    const skip = test.skip ?? { kind: 'unknown', reason: 'for a reason that the test does not tell' };
    const group = groups.get(skip.reason) ?? { ...skip, tests: [] };
    group.tests.push(test);
    groups.set(skip.reason, group);
  }
  return [...groups.values()].toSorted((a, b) => b.tests.length - a.tests.length);
}

/** One tier or project of a run. */
export interface ProjectSummary {
  readonly name: string;
  readonly counts: Readonly<Record<TestState, number>>;
  readonly durationMs: number;
}

/** Each project with its counts, in the order in which they come. */
export function summarizeProjects(tests: readonly TestRecord[]): readonly ProjectSummary[] {
  const names = [...new Set(tests.map(({ project }) => project))];
  return names.map((name) => {
    const own = tests.filter(({ project }) => project === name);
    const count = (wanted: TestState) => own.filter(({ state }) => state === wanted).length;
    return {
      name,
      counts: {
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        'expected-failure': count('expected-failure'),
      },
      durationMs: own.reduce((sum, { durationMs }) => sum + durationMs, 0),
    };
  });
}
