import { html, type Markup } from '../markup/html.js';
import { renderPairs } from '../page/sections/configuration.js';
import { renderScenario, type ScenarioSection } from '../page/sections/scenario.js';
import { renderShell } from '../page/shell.js';
import { cutList, renderDetails, renderTable } from '../page/table.js';
import { collectPlots } from '../plots/collect-plots.js';
import { countOf, formatDuration, formatInstant, formatNumber } from '../text/format.js';
import { renderErrors, renderTest, renderTestBadge } from './render-test.js';
import { groupSkipped, nameTest, summarizeProjects, summarizeTests } from './summarize-tests.js';
import type { TestRecord, TestRunReport } from './test-run-report.js';

const MOST_TESTS = 2000;
const MOST_FAILURES = 50;

/** A run of tests as one page of HTML that needs nothing but itself: failures first, then what was skipped, then all. */
export function renderTestPage(report: TestRunReport): string {
  const { title, tests, errors, machine } = report;
  const numbered = tests.map((test, index) => ({ test, id: `test-${index + 1}` }));
  const failed = numbered.filter(({ test }) => test.state === 'failed');
  const rest = numbered.filter(({ test }) => test.state !== 'failed' && test.state !== 'skipped');
  const sections = tests
    .flatMap(({ scenarios }) => scenarios)
    .map((scenario, index): ScenarioSection => {
      const id = `scenario-${index + 1}`;
      return { id, scenario, plots: collectPlots(scenario, id) };
    });
  return renderShell({
    title: `${summarizeTests(report).word}: ${title}`,
    header: renderHeader(report, failed),
    main: html`<section class="card"><h2>Projects</h2>${renderProjects(tests)}</section>
${errors.length === 0 ? undefined : html`<section class="card"><h2>Outside of any test</h2>${renderErrors(errors)}</section>`}
${failed.map(({ test, id }) => html`<section class="card" id="${id}">${renderTest(test)}</section>`)}
${renderSkipped(tests)}
${sections.map(renderScenario)}
${renderRest(rest.map(({ test }) => test))}
<section class="card"><h2>Machine</h2>${renderPairs(machine)}</section>`,
    footer: html`Made by glovebox. The page needs no network; results.json beside it has the same figures for programs.`,
    plots: sections.flatMap(({ plots }) => plots),
  });
}

function renderHeader(
  report: TestRunReport,
  failed: readonly { readonly test: TestRecord; readonly id: string }[],
): Markup {
  const { status, word, sentence } = summarizeTests(report);
  const { shown, note } = cutList(failed, MOST_FAILURES);
  return html`<h1>${report.title}</h1>
<ul class="facts"><li>begun ${formatInstant(report.startedAt)}</li><li>${formatDuration(report.durationMs)} in all</li></ul>
<div class="banner ${status}"><strong>${word}</strong><p>${sentence}.</p>${
    shown.length === 0
      ? undefined
      : html`<ul>${shown.map(({ test, id }) => html`<li><a href="#${id}">${nameTest(test)}</a></li>`)}</ul>${note}`
  }</div>`;
}

function renderProjects(tests: readonly TestRecord[]): Markup {
  const columns = [
    { name: 'project' },
    ...['passed', 'failed', 'skipped', 'failed as expected', 'time'].map((name) => ({ name, isNumber: true })),
  ];
  const rows = summarizeProjects(tests).map(({ name, counts, durationMs }) => [
    name || 'all',
    formatNumber(counts.passed),
    counts.failed === 0 ? '0' : { value: formatNumber(counts.failed), judged: 'bad' as const },
    formatNumber(counts.skipped),
    formatNumber(counts['expected-failure']),
    formatDuration(durationMs),
  ]);
  return renderTable('Projects', columns, rows);
}

function renderSkipped(tests: readonly TestRecord[]): Markup | undefined {
  const groups = groupSkipped(tests);
  if (groups.length === 0) return undefined;
  return html`<section class="card"><h2>Skipped</h2><ul class="verdicts">${groups.map(
    ({ reason, requirement, tests: own }) =>
      html`<li><div><span class="status">${countOf(own.length, 'test')}</span></div><div>${requirement === undefined ? undefined : html`<div class="name">${requirement}</div>`}<div class="small">${reason}</div>${renderDetails(
        'Which',
        html`<ul class="small">${own.slice(0, MOST_TESTS).map((test) => html`<li>${nameTest(test)} <span class="soft">${test.file}</span></li>`)}</ul>`,
      )}</div></li>`,
  )}</ul></section>`;
}

/** Those that passed: a line each, and what they told on demand. */
function renderRest(tests: readonly TestRecord[]): Markup | undefined {
  if (tests.length === 0) return undefined;
  const { shown, note } = cutList(tests, MOST_TESTS);
  const files = [...new Set(shown.map(({ file }) => file))];
  return html`<section class="card"><h2>Passed</h2>${files.map((file) => {
    const own = shown.filter((test) => test.file === file);
    return renderDetails(
      `${file}: ${countOf(own.length, 'test')}`,
      html`<ul class="verdicts">${own.map(
        (test) => html`<li><div>${renderTestBadge(test)}</div><div>${renderTest(test)}</div></li>`,
      )}</ul>`,
    );
  })}${note}</section>`;
}
