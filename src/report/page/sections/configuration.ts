import type { Json, ScenarioResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { formatDuration, formatNumber, formatQuantity } from '../../text/format.js';

/** What a scenario was run with. */
export function renderConfiguration({ parameters, seed, quick }: ScenarioResult): Markup {
  return html`<h3>Configuration</h3>${renderPairs({ seed: String(seed), scale: quick ? 'quick' : 'full', ...parameters })}`;
}

/** Names and values. */
export function renderPairs(values: Readonly<Record<string, Json>>): Markup {
  return html`<dl class="pairs">${Object.entries(values).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${describeValue(name, value)}</dd></div>`,
  )}</dl>`;
}

/** A value in words; the names of figures end with their units: `durationMs`, `memoryBytes`. */
function describeValue(name: string, value: Json): string {
  if (typeof value === 'number') return describeFigure(name, value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describeFigure(name: string, value: number): string {
  if (name.endsWith('Ms')) return formatDuration(value);
  return name.endsWith('Bytes') ? formatQuantity(value, 'bytes') : formatNumber(value);
}
