import type { ProblemRecord, ScenarioReport, ScenarioResult, VerdictRecord } from '../../scenarios/scenario-result.js';
import type { FigureComparison, ReportComparison } from '../compare/comparison.js';
import { describeConfidence, describeDifference, describeOutcome } from '../compare/describe-comparison.js';
import { countVerdicts, describeStatus, isFailure, type StatusCounts, summarizeReport } from '../summarize.js';
import { formatDuration, formatInstant, formatOffset, formatQuantity } from '../text/format.js';
import { listKeyFigures } from '../text/key-figures.js';
import { readSubject } from '../text/problem-subject.js';
import { escapeMarkdown, limitMarkdown, renderLink, renderTable } from './markdown.js';

/** Of long lists, the first few; the page has all. */
const SHOWN = 10;
const LIMIT_BYTES = 500_000;

/** A report for who has a minute: the summary of a step in CI, a comment on a change. */
export function renderMarkdown(report: ScenarioReport, comparison?: ReportComparison): string {
  const { status, sentence, durationMs } = summarizeReport(report);
  const parts = [
    `## ${describeStatus(status)}: ${escapeMarkdown(report.title)}`,
    `${sentence}. Begun ${formatInstant(report.startedAt)}, ${formatDuration(durationMs)} in all.`,
    ...(report.scenarios.length === 0 ? [] : [renderScenarios(report.scenarios)]),
    ...report.scenarios.flatMap(renderTroubles),
    ...(comparison === undefined ? [] : renderComparison(comparison)),
  ];
  return limitMarkdown(`${parts.join('\n\n')}\n`, LIMIT_BYTES);
}

function renderScenarios(scenarios: readonly ScenarioResult[]): string {
  return renderTable(
    ['scenario', 'result', 'verdicts', 'figures', 'seed'],
    scenarios.map((scenario) => [
      escapeMarkdown(scenario.name),
      isFailure(scenario.verdict) ? `**${describeStatus(scenario.verdict)}**` : describeStatus(scenario.verdict),
      describeCounts(countVerdicts(scenario)),
      listKeyFigures(scenario)
        .map(({ name, value }) => `${escapeMarkdown(name)} ${value}`)
        .join('; '),
      `${scenario.seed}${scenario.quick ? ' (quick)' : ''}`,
    ]),
  );
}

function describeCounts(counts: StatusCounts): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `${counts.passed} of ${all} passed`;
}

function renderTroubles({ name, verdicts, problems }: ScenarioResult): readonly string[] {
  const failed = verdicts.filter(({ status }) => status !== 'passed');
  if (failed.length + problems.length === 0) return [];
  const lines = problems.map(renderProblem);
  // Below, with their times.
  const isTold = new Set(problems.map(({ message }) => message));
  const withoutTold = (verdict: VerdictRecord): VerdictRecord => ({
    ...verdict,
    details: (verdict.details ?? []).filter((detail) => !isTold.has(detail)),
  });
  return [
    `### ${escapeMarkdown(name)}`,
    ...(failed.length === 0 ? [] : [failed.map((verdict) => renderVerdict(withoutTold(verdict))).join('\n')]),
    ...(lines.length === 0 ? [] : [['Problems:', '', ...shorten(lines)].join('\n')]),
  ];
}

function renderProblem(problem: ProblemRecord): string {
  const subject = readSubject(problem);
  const whose = subject === undefined ? '' : `${escapeMarkdown(subject)}: `;
  return `- ${formatOffset(problem.atMs)}: ${whose}${escapeMarkdown(problem.message)}`;
}

function renderVerdict({ name, status, expected, actual, details = [], reason, link }: VerdictRecord): string {
  const because = link === undefined ? escapeMarkdown(reason ?? '') : renderLink(reason ?? link, link);
  return [
    `- **${describeStatus(status)}**: ${escapeMarkdown(name)}`,
    `  - expected ${escapeMarkdown(expected)}, actual ${escapeMarkdown(actual)}`,
    ...(because === '' ? [] : [`  - a failure is expected: ${because}`]),
    ...shorten(details.map((detail) => `  - ${escapeMarkdown(detail)}`)),
  ].join('\n');
}

function shorten(lines: readonly string[]): readonly string[] {
  const hidden = lines.length - SHOWN;
  return hidden > 0 ? [...lines.slice(0, SHOWN), `${lines[0]?.match(/^\s*/)?.[0] ?? ''}- and ${hidden} more`] : lines;
}

function renderComparison({ earlier, scenarios, differences, gone }: ReportComparison): readonly string[] {
  const notes = [
    ...differences.map((each) => `- other machine: ${escapeMarkdown(each)}`),
    ...scenarios.flatMap(({ name, differences: own }) =>
      own.map((each) => `- ${escapeMarkdown(name)}: ${escapeMarkdown(each)}`),
    ),
    ...gone.map((name) => `- not run any more: ${escapeMarkdown(name)}`),
  ];
  const rows = scenarios.flatMap(({ name, figures, verdicts }) => [
    ...verdicts.map((each) => [
      escapeMarkdown(name),
      escapeMarkdown(each.name),
      each.before === undefined ? 'not asked' : describeStatus(each.before),
      each.after === undefined ? 'not asked' : describeStatus(each.after),
      '',
      each.outcome === 'changed' ? 'different' : `**${each.outcome}**`,
    ]),
    ...figures
      .filter(({ outcome }) => outcome === 'better' || outcome === 'worse')
      .map((each) => renderFigure(name, each)),
  ]);
  return [
    `### Compared with ${escapeMarkdown(earlier.title)}, ${formatInstant(earlier.startedAt)}`,
    ...(notes.length === 0 ? [] : [['Not run in the same way:', '', ...shorten(notes)].join('\n')]),
    rows.length === 0
      ? 'No verdict and no figure is better or worse.'
      : renderTable(['scenario', 'figure', 'before', 'now', 'difference', ''], rows),
  ];
}

function renderFigure(scenario: string, figure: FigureComparison): readonly string[] {
  return [
    escapeMarkdown(scenario),
    escapeMarkdown(figure.name),
    formatQuantity(figure.before, figure.unit),
    formatQuantity(figure.after, figure.unit),
    describeDifference(figure),
    `${describeOutcome(figure.outcome)} (${describeConfidence(figure)})`,
  ];
}
