import { quote, UsageError } from '../../core/errors.js';
import type { MeasureResult } from '../scenario-result.js';
import { inSeconds, thousands } from '../words.js';

const MOST_DIGITS = 8;

/** A number, and how it is told. */
export interface Figure {
  readonly value: number;
  /** In words: `97.3 % (2,919 of 3,000)`. */
  readonly words: string;
  /** How a limit of it is told: `95 %`. */
  readonly describeLimit: (limit: number) => string;
}

/** What a threshold is held against: a number, a figure, or `undefined` where there is none to be had. */
export type FigureValue = number | Figure | undefined;

/**
 * A part of a whole, told as both: `97.3 % (2,919 of 3,000)`. Its limits are shares, from 0 to 1. Of nothing there is no
 * share: a threshold then fails.
 */
export function ratio(part: number, whole: number): Figure {
  const value = whole === 0 ? Number.NaN : part / whole;
  const counts = `${thousands(part)} of ${thousands(whole)}`;
  return {
    value,
    words: Number.isNaN(value) ? `nothing to take a share of (${counts})` : `${percent(value)} (${counts})`,
    describeLimit: percent,
  };
}

/** A number with its unit: `12.3 ms`, `20,000 tasks a second`. */
export function amount(value: number, unit: string): Figure {
  const describe = (each: number): string => withUnit(each, unit);
  return { value, words: describe(value), describeLimit: describe };
}

/** A span of time, told in seconds where it is long. */
export function span(ms: number): Figure {
  return { value: ms, words: inSeconds(ms), describeLimit: inSeconds };
}

/**
 * A percentile of a histogram, told with where it lies with 95 % confidence.
 *
 * @throws UsageError when it is no histogram, or has not that percentile
 *
 * @example
 * ```ts
 * atMost('p99 of the latency', () => percentile(run.measure('load latency'), 99), 250);
 * ```
 */
export function percentile(measure: MeasureResult, wanted: number): Figure {
  if (measure.kind !== 'histogram')
    throw new UsageError('percentile', `${quote(measure.name)} must be a histogram; it is a ${measure.kind}`);
  const found = measure.percentiles.find((each) => each.percentile === wanted);
  const describeLimit = (limit: number): string => withUnit(limit, measure.unit);
  if (measure.count === 0) return { value: Number.NaN, words: 'no samples', describeLimit };
  if (found === undefined)
    throw new UsageError(
      'percentile',
      `there are ${measure.percentiles.map((each) => each.percentile).join(', ')}; received ${quote(wanted)}`,
    );
  const { value, low, high } = found;
  const confidence =
    low === undefined || high === undefined
      ? ''
      : `, with 95 % confidence ${thousands(low)} to ${withUnit(high, measure.unit)}`;
  return { value, words: `${describeLimit(value)} (${thousands(measure.count)} samples${confidence})`, describeLimit };
}

/** Whatever a threshold was given, as a figure. */
export function toFigure(value: FigureValue): Figure {
  if (typeof value === 'object') return value;
  if (value === undefined) return { value: Number.NaN, words: 'no figure', describeLimit: thousands };
  return { value, words: Number.isFinite(value) ? thousands(value) : String(value), describeLimit: thousands };
}

/** With as many digits as it takes to tell almost all from all, and hardly any from none. */
function percent(share: number): string {
  const distance = Math.min(Math.abs(share), Math.abs(1 - share)) * 100;
  const digits = distance === 0 ? 2 : Math.min(MOST_DIGITS, Math.max(2, 2 + Math.ceil(-Math.log10(distance))));
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: digits })} %`;
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? thousands(value) : `${thousands(value)} ${unit}`;
}
