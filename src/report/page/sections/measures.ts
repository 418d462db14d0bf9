import type { MeasureResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { formatNumber, formatQuantity } from '../../text/format.js';
import { cutList, renderTable } from '../table.js';

const MOST_ROWS = 300;

/** Every measure, each with what can be said of its kind. */
export function renderMeasures(measures: readonly MeasureResult[], durationMs: number): Markup | undefined {
  if (measures.length === 0) return undefined;
  const columns = [
    { name: 'measure' },
    { name: 'kind' },
    ...['total or samples', 'lowest', 'mean', 'highest', 'last or rate'].map((name) => ({ name, isNumber: true })),
  ];
  const { shown, note } = cutList(measures, MOST_ROWS);
  const rows = shown.map((measure) => [renderName(measure), measure.kind, ...describeFigures(measure, durationMs)]);
  return html`<h3>Measures</h3>${renderTable('Measures', columns, rows)}${note}`;
}

function renderName({ name, actor, description }: MeasureResult): Markup {
  const of = actor === undefined ? undefined : html` <span class="soft">of ${actor}</span>`;
  return html`${name}${of}${description === undefined ? undefined : html`<br><span class="soft small">${description}</span>`}`;
}

function describeFigures(measure: MeasureResult, durationMs: number): readonly string[] {
  const { unit } = measure;
  if (measure.kind === 'counter') {
    const rate = formatQuantity((measure.total * 1000) / durationMs, unit === '' ? '/s' : `${unit}/s`);
    return [formatQuantity(measure.total, unit), '', '', '', rate];
  }
  const { min, mean, max } = measure;
  const spread = [min, mean, max].map((value) => formatQuantity(value, unit));
  return measure.kind === 'gauge'
    ? ['', ...spread, formatQuantity(measure.last, unit)]
    : [formatNumber(measure.count), ...spread, ''];
}
