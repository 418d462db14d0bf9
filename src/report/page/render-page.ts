import type { ScenarioReport } from '../../scenarios/scenario-result.js';
import type { ReportComparison } from '../compare/comparison.js';
import { html, type Markup } from '../markup/html.js';
import { collectPlots } from '../plots/collect-plots.js';
import { describeStatus, isFailure, summarizeReport } from '../summarize.js';
import { formatDuration, formatInstant, formatNumber } from '../text/format.js';
import { listKeyFigures } from '../text/key-figures.js';
import { renderDifferences } from './sections/comparison.js';
import { renderPairs } from './sections/configuration.js';
import { renderScenario, type ScenarioSection } from './sections/scenario.js';
import { renderStatus } from './sections/verdicts.js';
import { renderShell } from './shell.js';
import { type Cell, cutList, renderTable } from './table.js';

const MOST_FAILURES = 20;

/** A report as one page of HTML that needs nothing but itself. */
export function renderPage(report: ScenarioReport, comparison?: ReportComparison): string {
  const sections = report.scenarios.map((scenario, index): ScenarioSection => {
    const id = `scenario-${index + 1}`;
    return {
      id,
      scenario,
      plots: collectPlots(scenario, id),
      ...(comparison === undefined ? {} : { comparison }),
    };
  });
  return renderShell({
    title: `${describeStatus(summarizeReport(report).status)}: ${report.title}`,
    header: renderHeader(report, sections),
    main: html`${sections.length > 1 ? renderOverview(sections) : undefined}
${sections.map(renderScenario)}
<section class="card"><h2>Machine</h2>${renderPairs(report.machine)}${
      comparison === undefined ? undefined : renderAcrossRuns(comparison)
    }</section>`,
    footer: html`Made by glovebox. The page needs no network; results.json beside it has the same figures for programs.`,
    plots: sections.flatMap(({ plots }) => plots),
  });
}

function renderHeader(report: ScenarioReport, sections: readonly ScenarioSection[]): Markup {
  const { status, sentence, durationMs } = summarizeReport(report);
  const failures = sections.flatMap(({ id, scenario }) =>
    scenario.verdicts
      .filter((verdict) => isFailure(verdict.status))
      .map(({ name, actual, expected }) => ({ id, scenario: scenario.name, name, actual, expected })),
  );
  const { shown, note } = cutList(failures, MOST_FAILURES);
  return html`<h1>${report.title}</h1>
<ul class="facts"><li>begun ${formatInstant(report.startedAt)}</li><li>${formatDuration(durationMs)} in all</li></ul>
<div class="banner ${status}"><strong>${describeStatus(status)}</strong><p>${sentence}.</p>${
    shown.length === 0
      ? undefined
      : html`<ul>${shown.map(
          (failure) =>
            html`<li><a href="#${failure.id}">${sections.length > 1 ? `${failure.scenario}: ` : undefined}${failure.name}</a>: ${failure.actual}, expected ${failure.expected}</li>`,
        )}</ul>${note}`
  }</div>`;
}

function renderOverview(sections: readonly ScenarioSection[]): Markup {
  // Where the scenarios of a report have different figures, each has a column of those that any has.
  const names = [...new Set(sections.flatMap(({ scenario }) => listKeyFigures(scenario).map(({ name }) => name)))];
  const columns = [
    { name: 'scenario' },
    { name: 'result' },
    { name: 'verdicts passed', isNumber: true },
    ...names.map((name) => ({ name, isNumber: true })),
  ];
  const rows = sections.map(({ id, scenario }): readonly Cell[] => {
    const figures = new Map(listKeyFigures(scenario).map(({ name, value }) => [name, value]));
    const passed = scenario.verdicts.filter(({ status }) => status === 'passed').length;
    return [
      html`<a href="#${id}">${scenario.name}</a>`,
      renderStatus(scenario.verdict),
      `${formatNumber(passed)} of ${formatNumber(scenario.verdicts.length)}`,
      ...names.map((name) => figures.get(name) ?? ''),
    ];
  });
  return html`<nav class="card" aria-label="Scenarios"><h2>Scenarios</h2>${renderTable('Scenarios', columns, rows)}</nav>`;
}

function renderAcrossRuns({ earlier, differences, gone, added }: ReportComparison): Markup {
  const lists = [
    ...gone.map((name) => `not run any more: ${name}`),
    ...added.map((name) => `not run then: ${name}`),
    ...differences,
  ];
  return html`<h3>The earlier run: ${earlier.title}, ${formatInstant(earlier.startedAt)}</h3>${
    lists.length === 0 ? html`<p>On the same machine, with the same scenarios.</p>` : renderDifferences(lists)
  }`;
}
