import { html, type Markup, type MarkupValue } from '../markup/html.js';

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** Figures stand right, so that their digits are below each other. */
  readonly isNumber?: boolean;
}

/** A cell: what is shown, and how good that is. */
export type Cell = MarkupValue | { readonly value: MarkupValue; readonly judged: 'good' | 'bad' | 'warn' };

/** A table that scrolls by itself where the screen is narrow, by keyboard too. The first cell of a row is its name. */
export function renderTable(label: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup {
  const kind = (index: number) => (columns[index]?.isNumber === true ? html` class="number"` : undefined);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${columns.map(({ name }, index) => html`<th scope="col"${kind(index)}>${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, index) =>
        index === 0
          ? html`<th scope="row"${kind(index)}>${show(cell)}</th>`
          : html`<td${kind(index)}>${show(cell)}</td>`,
      )}</tr>\n`,
  )}</tbody></table></div>`;
}

function show(cell: Cell): MarkupValue {
  if (typeof cell !== 'object' || !('judged' in cell)) return cell;
  return html`<span class="is-${cell.judged}">${cell.value}</span>`;
}

/** What most readers pass over, folded; or unfolded already, where it tells why something failed. */
export function renderDetails(summary: string, content: MarkupValue, isOpen = false): Markup {
  return html`<details${isOpen ? html` open` : undefined}><summary>${summary}</summary>${content}</details>`;
}

/** A list, cut where it is longer than anybody reads; what is left out is said. */
export function cutList<T>(
  list: readonly T[],
  limit: number,
): { readonly shown: readonly T[]; readonly note: Markup | undefined } {
  if (list.length <= limit) return { shown: list, note: undefined };
  return {
    shown: list.slice(0, limit),
    note: html`<p class="soft small">The first ${limit} of ${list.length}; results.json has all.</p>`,
  };
}
