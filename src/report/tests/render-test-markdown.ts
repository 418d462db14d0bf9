import { escapeMarkdown, limitMarkdown, renderCode, renderTable } from '../markdown/markdown.js';
import { describeStatus } from '../summarize.js';
import { countOf, formatDuration, formatInstant, formatNumber } from '../text/format.js';
import { groupSkipped, nameTest, summarizeProjects, summarizeTests } from './summarize-tests.js';
import type { TestRecord, TestRunReport } from './test-run-report.js';

const LIMIT_BYTES = 500_000;
const MOST_FAILURES = 30;
const MOST_LINES = 20;

/** A run of tests for who has a minute: tiers, failures with their seeds, and what was skipped and why. */
export function renderTestMarkdown(report: TestRunReport): string {
  const { word, sentence } = summarizeTests(report);
  const { title, startedAt, durationMs, tests, errors } = report;
  const failed = tests.filter(({ state }) => state === 'failed');
  const scenarios = tests.flatMap((test) => test.scenarios);
  const parts = [
    `## ${word}: ${escapeMarkdown(title)}`,
    `${sentence}. Begun ${formatInstant(startedAt)}, ${formatDuration(durationMs)} in all.`,
    ...(tests.length === 0 ? [] : [renderProjects(tests)]),
    ...(scenarios.length === 0
      ? []
      : [scenarios.map(({ name, verdict }) => `- ${escapeMarkdown(name)}: ${describeStatus(verdict)}`).join('\n')]),
    ...errors.map(({ message }) => renderCode(cut(message))),
    ...failed.slice(0, MOST_FAILURES).map(renderFailure),
    ...(failed.length > MOST_FAILURES ? [`And ${failed.length - MOST_FAILURES} more that failed.`] : []),
    ...renderSkips(tests),
  ];
  return limitMarkdown(`${parts.join('\n\n')}\n`, LIMIT_BYTES);
}

function renderProjects(tests: readonly TestRecord[]): string {
  return renderTable(
    ['project', 'passed', 'failed', 'skipped', 'time'],
    summarizeProjects(tests).map(({ name, counts, durationMs }) => [
      escapeMarkdown(name || 'all'),
      formatNumber(counts.passed + counts['expected-failure']),
      counts.failed === 0 ? '0' : `**${formatNumber(counts.failed)}**`,
      formatNumber(counts.skipped),
      formatDuration(durationMs),
    ]),
  );
}

function renderFailure(test: TestRecord): string {
  const { file, project, errors, seed, rung, labs } = test;
  const where = [
    ...(project === '' ? [] : [`project ${escapeMarkdown(project)}`]),
    ...(rung === undefined ? [] : [`rung ${escapeMarkdown(rung)}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ];
  const findings = labs.flatMap((lab) => lab.findings).slice(0, MOST_LINES);
  return [
    `### ${escapeMarkdown(nameTest(test))}`,
    [escapeMarkdown(file), ...where].join(', '),
    ...errors.map(({ message, diff }) => renderCode(cut(diff === undefined ? message : `${message}\n\n${diff}`))),
    ...(findings.length === 0 ? [] : [findings.map((finding) => `- ${escapeMarkdown(finding)}`).join('\n')]),
  ].join('\n\n');
}

function cut(text: string): string {
  const lines = text.split('\n');
  const hidden = lines.length - MOST_LINES;
  return hidden > 0 ? [...lines.slice(0, MOST_LINES), `… and ${countOf(hidden, 'more line')}`].join('\n') : text;
}

function renderSkips(tests: readonly TestRecord[]): readonly string[] {
  const groups = groupSkipped(tests);
  if (groups.length === 0) return [];
  const lines = groups.map(({ reason, tests: own }) => `- ${own.length} skipped: ${escapeMarkdown(reason)}`);
  return [['### Skipped', '', ...lines].join('\n')];
}
