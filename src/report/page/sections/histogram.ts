import type { HistogramResult, MeasureResult, PercentileResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { type BinnedHistogram, binHistogram, placeOn } from '../../plots/bin-histogram.js';
import { countOf, formatNumber, formatQuantity } from '../../text/format.js';
import { renderDetails, renderTable } from '../table.js';

const [WIDTH, HEIGHT] = [1000, 100];
const LABELS = 5;
/** Those that a line marks; more would hide the bars. */
const MARKED = [50, 99];

/** How the samples of each histogram are distributed: bars, and the percentiles with how sure they are. */
export function renderDistributions(measures: readonly MeasureResult[]): Markup | undefined {
  const histograms = measures.filter(
    (measure): measure is HistogramResult => measure.kind === 'histogram' && measure.count > 0,
  );
  if (histograms.length === 0) return undefined;
  return html`<h3>Distribution</h3><div class="plots">${histograms.map(renderHistogram)}</div>`;
}

function renderHistogram(histogram: HistogramResult): Markup {
  const { name, actor, unit, count, percentiles } = histogram;
  const binned = binHistogram(histogram);
  const title = actor === undefined ? name : `${name} of ${actor}`;
  const about = [countOf(count, 'sample'), binned.isLogarithmic ? 'logarithmic' : '', 'dashed: p50 and p99'].filter(
    (part) => part !== '',
  );
  return html`<figure>
<figcaption>${title} <span>${about.join(', ')}</span></figcaption>
${renderBars(histogram, binned)}
<div class="axis" aria-hidden="true">${listLabels(binned, unit).map((label) => html`<span>${label}</span>`)}</div>
${renderPercentiles(title, unit, percentiles)}
${renderDetails('Figures of this histogram', renderBins(title, unit, binned))}
</figure>\n`;
}

function renderBars({ name, unit, percentiles, min, max }: HistogramResult, binned: BinnedHistogram): Markup {
  const { bins } = binned;
  const highest = bins.reduce((most, { count }) => Math.max(most, count), 1);
  const width = WIDTH / Math.max(1, bins.length);
  const label = `Histogram of ${name}: ${formatQuantity(min, unit)} to ${formatQuantity(max, unit)}; ${percentiles
    .map(({ percentile, value }) => `p${percentile} ${formatQuantity(value, unit)}`)
    .join(', ')}`;
  return html`<svg class="histogram" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">
${bins.map(({ from, until, count }, index) => {
  // One sample among a million is seen, too.
  const height = count === 0 ? 0 : Math.max(0.8, (HEIGHT * count) / highest);
  return html`<rect class="bar" x="${round(index * width + width * 0.06)}" y="${round(HEIGHT - height)}" width="${round(width * 0.88)}" height="${round(height)}"><title>${formatQuantity(from, unit)} to ${formatQuantity(until, unit)}: ${formatNumber(count)}</title></rect>`;
})}
${percentiles
  .filter(({ percentile }) => MARKED.includes(percentile))
  .map(({ value, percentile }) => {
    const x = round(placeOn(binned, value) * WIDTH);
    return html`<path class="mark" d="M${x} 0V${HEIGHT}"><title>p${percentile}</title></path>`;
  })}</svg>`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

function listLabels({ bins }: BinnedHistogram, unit: string): readonly string[] {
  const edges = [...bins.map(({ from }) => from), bins.at(-1)?.until ?? 0];
  return Array.from({ length: LABELS }, (_, index) => {
    const edge = edges[Math.round((index * (edges.length - 1)) / (LABELS - 1))] ?? 0;
    return formatQuantity(Number(edge.toPrecision(3)), unit);
  });
}

function renderPercentiles(title: string, unit: string, percentiles: readonly PercentileResult[]): Markup {
  const rows = percentiles.map(({ percentile, value, low, high }) => [
    `p${percentile}`,
    formatQuantity(value, unit),
    low === undefined || high === undefined
      ? html`<span class="soft">too few samples to say</span>`
      : `${formatQuantity(low, unit)} to ${formatQuantity(high, unit)}`,
  ]);
  const columns = [{ name: '' }, { name: 'value', isNumber: true }, { name: '95 % sure', isNumber: true }];
  return renderTable(`Percentiles of ${title}`, columns, rows);
}

function renderBins(title: string, unit: string, { bins }: BinnedHistogram): Markup {
  const columns = [
    { name: 'from', isNumber: true },
    { name: 'to', isNumber: true },
    { name: 'samples', isNumber: true },
  ];
  const rows = bins
    .filter(({ count }) => count > 0)
    .map(({ from, until, count }) => [formatQuantity(from, unit), formatQuantity(until, unit), formatNumber(count)]);
  return renderTable(`Figures of the histogram of ${title}`, columns, rows);
}
