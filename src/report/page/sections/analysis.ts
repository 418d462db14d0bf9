import type { AnalysisSection } from '../../../scenarios/scenario-result.js';
import { html, type Markup } from '../../markup/html.js';
import { formatNumber } from '../../text/format.js';
import { cutList, renderTable } from '../table.js';

const MOST_ROWS = 500;

/** What a scenario says of itself. */
export function renderAnalysis(sections: readonly AnalysisSection[]): Markup | undefined {
  if (sections.length === 0) return undefined;
  return html`${sections.map(
    ({ title, paragraphs = [], table }) =>
      html`<h3>${title}</h3>${paragraphs.map((text) => html`<p>${text}</p>`)}${table === undefined ? undefined : renderOwnTable(title, table)}`,
  )}`;
}

function renderOwnTable(title: string, { columns, rows }: NonNullable<AnalysisSection['table']>): Markup {
  const { shown, note } = cutList(rows, MOST_ROWS);
  // A column is one of figures where all of it are.
  const heads = columns.map((name, index) => ({
    name,
    isNumber: rows.length > 0 && rows.every((row) => typeof row[index] === 'number'),
  }));
  const cells = shown.map((row) => row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)));
  return html`${renderTable(title, heads, cells)}${note}`;
}
