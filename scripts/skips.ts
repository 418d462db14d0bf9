// Which tests were skipped, why, and whether that is a failure where everything is required.
import type { ReportedTest, VitestReport } from './vitest-report.js';

/** Tests that were skipped for one reason. */
export interface SkipGroup {
  /** The rung, where the test has one. */
  readonly rung: string | undefined;
  readonly kind: string;
  readonly reason: string;
  readonly tests: readonly string[];
}

/**
 * Kinds of skip that no machine setting mends: what the running kernel refuses whoever asks, and tests that are for
 * another rung, where they ran. All else means that something was missing.
 */
const HARMLESS = ['kernel', 'elsewhere'];

/** The skipped tests by their reason, the most frequent first. */
export function groupSkips(report: VitestReport | undefined): readonly SkipGroup[] {
  const groups = new Map<string, SkipGroup & { readonly tests: string[] }>();
  for (const test of report?.testResults.flatMap((file) => file.assertionResults) ?? []) {
    if (test.status === 'passed' || test.status === 'failed') continue;
    const { gloveboxRung: rung, gloveboxSkip } = test.meta ?? {};
    const { kind = 'unknown', reason = 'for a reason that the test does not tell' } = gloveboxSkip ?? {};
    const key = JSON.stringify([rung, kind, reason]);
    const group = groups.get(key) ?? { rung, kind, reason, tests: [] };
    group.tests.push(titleOf(test));
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.tests.length - a.tests.length);
}

/** Whether a skip is a failure where everything is required. */
export function isMissing({ kind }: SkipGroup): boolean {
  return !HARMLESS.includes(kind);
}

/** A group on one line; the titles are told where there are few. */
export function describeSkips({ rung, reason, tests }: SkipGroup): string {
  const titles = tests.length > 3 ? '' : ` (${tests.map((title) => `"${title}"`).join(', ')})`;
  const place = rung === undefined ? '' : ` at the ${rung} rung`;
  return `${tests.length} skipped${place}: ${reason.replace(/\. To mend it: .*/s, '')}${titles}`;
}

function titleOf({ ancestorTitles, title }: ReportedTest): string {
  return [...ancestorTitles, title].join(' › ');
}
