import type {
  FigureComparison,
  FigureOutcome,
  ReportComparison,
  ScenarioComparison,
} from '../../compare/comparison.js';
import { describeConfidence, describeDifference, describeOutcome } from '../../compare/describe-comparison.js';
import { html, type Markup } from '../../markup/html.js';
import { describeStatus } from '../../summarize.js';
import { countOf, formatInstant, formatQuantity } from '../../text/format.js';
import { type Cell, renderDetails, renderTable } from '../table.js';

const JUDGED: Readonly<Partial<Record<FigureOutcome, 'good' | 'bad'>>> = { better: 'good', worse: 'bad' };

/** A scenario beside its earlier run: what is better or worse, then all figures. */
export function renderComparison(comparison: ScenarioComparison, earlier: ReportComparison['earlier']): Markup {
  const { figures, verdicts, differences } = comparison;
  const notable = figures.filter(({ outcome }) => outcome === 'better' || outcome === 'worse');
  const rest = figures.filter((figure) => !notable.includes(figure));
  return html`<h3>Compared with ${earlier.title}, ${formatInstant(earlier.startedAt)}</h3>
${renderDifferences(differences)}
${
  verdicts.length === 0
    ? undefined
    : renderTable(
        'Verdicts that changed',
        [{ name: 'verdict' }, { name: 'before' }, { name: 'now' }, { name: '' }],
        verdicts.map(({ name, before, after, outcome }) => [
          name,
          before === undefined ? 'not asked' : describeStatus(before),
          after === undefined ? 'not asked' : describeStatus(after),
          judge(outcome),
        ]),
      )
}
${notable.length === 0 ? html`<p>No figure is better or worse, as far as is known.</p>` : renderFigures('Figures that changed', notable)}
${rest.length === 0 ? undefined : renderDetails(countOf(rest.length, 'further figure'), renderFigures('Further figures', rest))}`;
}

/** What was not the same about two runs. */
export function renderDifferences(differences: readonly string[]): Markup | undefined {
  if (differences.length === 0) return undefined;
  return html`<p class="is-warn">Not run in the same way:</p><ul class="small">${differences.map((each) => html`<li>${each}</li>`)}</ul>`;
}

function renderFigures(label: string, figures: readonly FigureComparison[]): Markup {
  const columns = [
    { name: 'figure' },
    { name: 'before', isNumber: true },
    { name: 'now', isNumber: true },
    { name: 'difference', isNumber: true },
    { name: '' },
    { name: 'confidence' },
  ];
  return renderTable(
    label,
    columns,
    figures.map((figure) => [
      figure.name,
      formatQuantity(figure.before, figure.unit),
      formatQuantity(figure.after, figure.unit),
      describeDifference(figure),
      judge(figure.outcome),
      html`<span class="soft">${describeConfidence(figure)}</span>`,
    ]),
  );
}

function judge(outcome: FigureOutcome): Cell {
  const judged = JUDGED[outcome];
  return judged === undefined ? describeOutcome(outcome) : { value: describeOutcome(outcome), judged };
}
