import { html, type Markup } from '../../markup/html.js';
import type { Plot, PlotLine } from '../../plots/plot.js';
import { countOf, formatNumber } from '../../text/format.js';
import { renderDetails, renderTable } from '../table.js';

/** A table of more rows nobody reads; between those shown, the plot has the rest. */
const MOST_ROWS = 60;

/** The plots of a scenario. The script draws them; their figures are in tables below them, for who sees or runs none. */
export function renderPlots(plots: readonly Plot[]): Markup | undefined {
  if (plots.length === 0) return undefined;
  const hasShades = plots.some(({ shades }) => shades.some(({ until }) => until !== undefined));
  const hasMoments = plots.some(({ shades }) => shades.some(({ until }) => until === undefined));
  const key = [
    ...(hasShades ? [html`<li>${renderSwatch('shade')}disrupted</li>`] : []),
    ...(hasMoments ? [html`<li>${renderSwatch('moment')}killed, cut or reset</li>`] : []),
  ];
  return html`<h3>Over time</h3>
<noscript><p class="soft">The plots are drawn by a script; without it their figures are in the tables below them.</p></noscript>
${key.length === 0 ? undefined : html`<ul class="legend">${key}</ul>`}
<div class="plots">${plots.map(renderPlot)}</div>`;
}

function renderSwatch(kind: string | number): Markup {
  return html`<svg viewBox="0 0 10 10" aria-hidden="true"><rect class="fill-${kind}" width="10" height="10" rx="2"/></svg>`;
}

function renderPlot(plot: Plot): Markup {
  const { id, title, unit, lines, note, isLogarithmic } = plot;
  const about = [unit, isLogarithmic ? 'logarithmic' : '', note ?? ''].filter((part) => part !== '').join(', ');
  return html`<figure>
<figcaption>${title} <span>${about} <span data-time></span></span></figcaption>
<div class="canvas" data-plot="${id}" role="img" aria-label="${describePlot(plot)}"></div>
<ul class="legend">${lines.map(
    (line, index) =>
      html`<li>${renderSwatch(index + 1)}${line.label} <output data-line>${describeLine(line, unit)}</output></li>`,
  )}</ul>
${renderDetails('Figures of this plot', renderFigures(plot))}
</figure>\n`;
}

interface Extremes {
  readonly mean: number;
  readonly max: number;
  readonly min: number;
}

function measureLine({ values }: PlotLine): Extremes | undefined {
  const some = values.filter((value) => value !== null);
  if (some.length === 0) return undefined;
  const sum = some.reduce((total, value) => total + value, 0);
  const extreme = (pick: (a: number, b: number) => number) => some.reduce((a, b) => pick(a, b));
  return { mean: sum / some.length, max: extreme(Math.max), min: extreme(Math.min) };
}

function describeLine(line: PlotLine, unit: string): string {
  const found = measureLine(line);
  return found === undefined ? 'no values' : `mean ${formatNumber(found.mean)}\u202F${unit}`;
}

/** What a plot shows, in words. */
function describePlot({ title, unit, lines, shades }: Plot): string {
  const parts = lines.map((line) => {
    const found = measureLine(line);
    if (found === undefined) return `${line.label}: no values`;
    const { min, max, mean } = found;
    return `${line.label}: ${formatNumber(min)} to ${formatNumber(max)}, mean ${formatNumber(mean)} ${unit}`;
  });
  const disrupted = shades.length === 0 ? '' : `; ${countOf(shades.length, 'disruption')}`;
  return `Plot of ${title}: ${parts.join('; ')}${disrupted}`;
}

function renderFigures({ title, unit, at, lines }: Plot): Markup {
  const stride = Math.ceil(at.length / MOST_ROWS);
  const rows = at.flatMap((time, index) =>
    index % stride === 0
      ? [[`${formatNumber(time)} s`, ...lines.map(({ values }) => formatNumber(values[index] ?? Number.NaN))]]
      : [],
  );
  const columns = [{ name: 'at', isNumber: true }, ...lines.map(({ label }) => ({ name: label, isNumber: true }))];
  const note = stride > 1 ? `Each ${stride}th point, in ${unit}` : `In ${unit}`;
  return html`<p class="soft small">${unit === '' && stride === 1 ? undefined : note}</p>${renderTable(`Figures of ${title}`, columns, rows)}`;
}
