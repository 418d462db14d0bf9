import { formatChange, formatQuantity } from '../text/format.js';
import type { FigureComparison, FigureOutcome } from './comparison.js';

const OUTCOMES: Readonly<Record<FigureOutcome, string>> = {
  better: 'better',
  worse: 'worse',
  same: 'the same',
  unclear: 'within chance',
  changed: 'different',
};

/** How a figure changed, in a word or two. */
export function describeOutcome(outcome: FigureOutcome): string {
  return OUTCOMES[outcome];
}

/** By how much a figure changed: `+12 %`; from nothing, the figure itself. */
export function describeDifference({ before, after, change, unit }: FigureComparison): string {
  if (before === after) return '±0';
  if (change !== undefined) return formatChange(change);
  return `${after > 0 ? '+' : '−'}${formatQuantity(Math.abs(after), unit)}`;
}

/** Whether the difference can be relied on. */
export function describeConfidence({ confidence, outcome }: FigureComparison): string {
  if (outcome === 'same') return '';
  if (confidence === 'beyond-chance') return '95 % sure';
  return confidence === 'within-chance' ? 'intervals overlap' : 'one run each';
}
