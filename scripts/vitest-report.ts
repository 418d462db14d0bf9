import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { SkippedTest } from '../src/reporter/group-skips.js';
import { root } from './entries.js';

/** One test in the file that Vitest's JSON reporter writes. */
export interface ReportedTest {
  /** The titles of the describe blocks around it, outermost first. */
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled';
  /** Milliseconds. */
  readonly duration?: number | null;
  readonly failureMessages?: readonly string[] | null;
  /** What glovebox's fixtures tell of the test. */
  readonly meta?: {
    readonly gloveboxRung?: string;
    readonly gloveboxSkip?: { readonly kind: string; readonly reason: string };
  };
}

/** One file of tests. */
export interface ReportedFile {
  /** Its absolute path. */
  readonly name: string;
  readonly status: 'passed' | 'failed';
  /** Why the file could not be run at all, if it could not. */
  readonly message?: string;
  readonly assertionResults: readonly ReportedTest[];
}

export interface VitestReport {
  readonly testResults: readonly ReportedFile[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What Vitest wrote, or undefined when it did not get as far. */
export function readReport(path: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}

/** The rung that a test was at: tests that name none need no kernel, or the fake. */
export function rungOf({ meta }: ReportedTest): string {
  return meta?.gloveboxRung ?? 'fake';
}

/** The tests that were skipped, and why; what would mend it has been told where it happened. */
export function listSkips(report: VitestReport | undefined): readonly SkippedTest[] {
  const tests = report?.testResults.flatMap((file) => file.assertionResults) ?? [];
  return tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ ancestorTitles, title, meta }) => {
      const { gloveboxRung: rung, gloveboxSkip } = meta ?? {};
      const { kind = 'unknown', reason = 'for a reason that the test does not tell' } = gloveboxSkip ?? {};
      return {
        title: [...ancestorTitles, title].join(' › '),
        kind,
        reason: reason.replace(/\. To mend it: .*/s, ''),
        ...(rung === undefined ? {} : { rung }),
      };
    });
}

/** The tests that failed, by file and title. */
export function listFailures(report: VitestReport | undefined): readonly string[] {
  return (report?.testResults ?? []).flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const titles = failed.map(({ ancestorTitles, title }) => [...ancestorTitles, title].join(' › '));
    const file = relative(root, name);
    return status === 'failed' && titles.length === 0 ? [file] : titles.map((title) => `${file}: ${title}`);
  });
}

/** Counts tests. A file that could not be loaded has none, and counts as one failure. */
export function countTests(report: VitestReport | undefined): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report?.testResults ?? []) {
    for (const { status } of file.assertionResults) {
      counts[status === 'passed' || status === 'failed' ? status : 'skipped'] += 1;
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      counts.failed += 1;
    }
  }
  return counts;
}
