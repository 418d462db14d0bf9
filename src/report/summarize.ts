import type { ScenarioReport, ScenarioResult, VerdictStatus } from '../scenarios/scenario-result.js';
import { countOf } from './text/format.js';

/** From the best to the worst. */
const ORDER: readonly VerdictStatus[] = ['passed', 'expected-failure', 'unexpectedly-passed', 'failed'];

const WORDS: Readonly<Record<VerdictStatus, string>> = {
  passed: 'Passed',
  'expected-failure': 'Failed as expected',
  'unexpectedly-passed': 'Passed unexpectedly',
  failed: 'Failed',
};

/** A status in words: `Failed as expected`. */
export function describeStatus(status: VerdictStatus): string {
  return WORDS[status];
}

/** Whether a run with this status is a failure: an expectation of failure that is wrong is one too. */
export function isFailure(status: VerdictStatus): boolean {
  return status === 'failed' || status === 'unexpectedly-passed';
}

/** How many there are of each status. */
export type StatusCounts = Readonly<Record<VerdictStatus, number>>;

/** What a report comes to. */
export interface ReportSummary {
  /** The worst of its scenarios; of none, `failed`: nothing was shown. */
  readonly status: VerdictStatus;
  readonly scenarios: StatusCounts;
  readonly verdicts: StatusCounts;
  readonly problems: number;
  readonly durationMs: number;
  /** One sentence: `3 of 23 verdicts failed, in 1 of 5 scenarios`. */
  readonly sentence: string;
}

/** Counts what a report holds. */
export function summarizeReport({ scenarios }: Pick<ScenarioReport, 'scenarios'>): ReportSummary {
  const verdicts = countStatuses(scenarios.flatMap((scenario) => scenario.verdicts.map(({ status }) => status)));
  const summary = {
    status: findWorst(scenarios.map(({ verdict }) => verdict)),
    scenarios: countStatuses(scenarios.map(({ verdict }) => verdict)),
    verdicts,
    problems: scenarios.reduce((sum, { problems }) => sum + problems.length, 0),
    durationMs: scenarios.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
  return { ...summary, sentence: describeSummary(scenarios, summary) };
}

/** The worst of some statuses. */
export function findWorst(statuses: readonly VerdictStatus[]): VerdictStatus {
  const worst = Math.max(...statuses.map((status) => ORDER.indexOf(status)));
  return ORDER[worst] ?? 'failed';
}

/** How many verdicts of a scenario have each status. */
export function countVerdicts({ verdicts }: Pick<ScenarioResult, 'verdicts'>): StatusCounts {
  return countStatuses(verdicts.map(({ status }) => status));
}

function countStatuses(statuses: readonly VerdictStatus[]): StatusCounts {
  const counts = { passed: 0, 'expected-failure': 0, 'unexpectedly-passed': 0, failed: 0 };
  for (const status of statuses) counts[status]++;
  return counts;
}

function describeSummary(
  scenarios: readonly ScenarioResult[],
  { verdicts, status, problems }: Omit<ReportSummary, 'sentence'>,
): string {
  if (scenarios.length === 0) return 'No scenario was run';
  const total = Object.values(verdicts).reduce((sum, count) => sum + count, 0);
  const failing = scenarios.filter(({ verdict }) => isFailure(verdict)).length;
  const inAll = countOf(scenarios.length, 'scenario');
  const parts: string[] = [];
  if (verdicts.failed > 0) parts.push(`${verdicts.failed} of ${countOf(total, 'verdict')} failed`);
  if (verdicts['unexpectedly-passed'] > 0)
    parts.push(`${verdicts['unexpectedly-passed']} passed though a failure was expected`);
  if (verdicts['expected-failure'] > 0) parts.push(`${verdicts['expected-failure']} failed as expected`);
  if (problems > 0) parts.push(countOf(problems, 'problem'));
  const where = scenarios.length === 1 ? '' : failing > 0 ? `, in ${failing} of ${inAll}` : ` in ${inAll}`;
  if (isFailure(status)) return `${parts.join(', ') || 'No verdict tells why'}${where}`;
  const passed = `${verdicts.passed} of ${countOf(total, 'verdict')} passed${where}`;
  return [passed, ...parts].join(', ');
}
