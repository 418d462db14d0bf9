import type { ScenarioResult } from '../../../scenarios/scenario-result.js';
import type { ReportComparison } from '../../compare/comparison.js';
import { html, type Markup } from '../../markup/html.js';
import type { Plot } from '../../plots/plot.js';
import { formatDuration, formatInstant } from '../../text/format.js';
import { type KeyFigure, listKeyFigures } from '../../text/key-figures.js';
import { renderActors } from './actors.js';
import { renderAnalysis } from './analysis.js';
import { renderComparison } from './comparison.js';
import { renderConfiguration } from './configuration.js';
import { renderDistributions } from './histogram.js';
import { renderDisruptions, renderEvents } from './history.js';
import { renderLoad } from './load.js';
import { renderMeasures } from './measures.js';
import { renderPlots } from './plots.js';
import { renderTimeline } from './timeline.js';
import { renderProblems, renderStatus, renderVerdicts } from './verdicts.js';

/** What a section of a scenario is made of. */
export interface ScenarioSection {
  /** Unique on the page. */
  readonly id: string;
  readonly scenario: ScenarioResult;
  readonly plots: readonly Plot[];
  readonly comparison?: ReportComparison;
}

/** All of one scenario: the answer first, then why, then the figures behind it. */
export function renderScenario({ id, scenario, plots, comparison }: ScenarioSection): Markup {
  const { name, description, verdict, seed, quick, startedAt, durationMs } = scenario;
  const compared = comparison?.scenarios.find((each) => each.name === name);
  return html`<section class="card" id="${id}" aria-labelledby="${id}-title">
<div class="title"><h2 id="${id}-title">${name}</h2>${renderStatus(verdict)}</div>
${description === undefined ? undefined : html`<p>${description}</p>`}
<ul class="facts"><li>seed <span class="mono">${seed}</span></li><li>${quick ? 'quick' : 'full'} scale</li><li>begun ${formatInstant(startedAt)}</li><li>${formatDuration(durationMs)}</li></ul>
${renderTiles(listKeyFigures(scenario))}
${renderProblems(scenario.problems)}
<h3>Verdicts</h3>${renderVerdicts(scenario.verdicts)}
${compared === undefined || comparison === undefined ? undefined : renderComparison(compared, comparison.earlier)}
${renderAnalysis(scenario.analysis)}
${renderPlots(plots)}
${renderDistributions(scenario.measures)}
${renderTimeline(scenario)}
${renderDisruptions(scenario.disruptions)}
${renderEvents(scenario.events)}
${renderLoad(scenario.load)}
${renderActors(scenario.actors, durationMs)}
${renderMeasures(scenario.measures, durationMs)}
${renderConfiguration(scenario)}
</section>`;
}

function renderTiles(figures: readonly KeyFigure[]): Markup {
  return html`<dl class="tiles">${figures.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd><span class="value">${value}</span>${note === undefined ? undefined : html`<span class="note">${note}</span>`}</dd></div>`,
  )}</dl>`;
}
