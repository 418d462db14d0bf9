import type { ActorResult } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { formatDuration, formatNumber } from '../../text/format.js';
import { sortByName } from '../../text/sort-by-name.js';
import { cutList, renderTable } from '../table.js';

const MOST_ROWS = 300;

/** A table for each kind of actor: those of one kind are compared with each other. */
export function renderActors(actors: readonly ActorResult[], durationMs: number): Markup | undefined {
  if (actors.length === 0) return undefined;
  const kinds = [...new Set(actors.map(({ kind }) => kind))];
  return html`<h3>Actors</h3>${kinds.map((kind) =>
    renderKind(kind, sortByName(actors.filter((actor) => actor.kind === kind)), durationMs),
  )}`;
}

function renderKind(kind: string, actors: readonly ActorResult[], durationMs: number): Markup {
  const figures = [...new Set(actors.flatMap(({ totals }) => Object.keys(totals)))];
  const columns = [
    { name: kind },
    { name: 'there', isNumber: true },
    { name: 'starts', isNumber: true },
    ...figures.map((name) => ({ name, isNumber: true })),
  ];
  const { shown, note } = cutList(actors, MOST_ROWS);
  const rows = shown.map(({ name, spells, totals }) => [
    name,
    formatDuration(spells.reduce((sum, { fromMs, untilMs = durationMs }) => sum + untilMs - fromMs, 0)),
    formatNumber(spells.length),
    ...figures.map((figure) => formatNumber(readTotal(totals, figure))),
  ]);
  const sums = figures.map((figure) => {
    const values = actors.map(({ totals }) => readTotal(totals, figure)).filter(Number.isFinite);
    return html`<b>${formatNumber(values.reduce((sum, value) => sum + value, 0))}</b>`;
  });
  const all = actors.length > 1 ? [[html`<b>all ${actors.length}</b>`, '', '', ...sums]] : [];
  return html`${renderTable(`Actors: ${kind}`, columns, [...rows, ...all])}${note}`;
}

/** A total that an actor may not have, such as one that no object has of itself. */
function readTotal(totals: ActorResult['totals'], name: string): number {
  return Object.hasOwn(totals, name) ? (totals[name] ?? Number.NaN) : Number.NaN;
}
