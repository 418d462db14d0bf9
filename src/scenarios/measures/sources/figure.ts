import { findUnknownOptions } from '../../../core/check-options.js';
import { quote } from '../../../core/errors.js';
import type { Counter } from '../counter.js';
import type { HistogramOptions } from '../measure-options.js';
import type { Measures } from '../measures.js';

/** What becomes of a figure that a source tells. */
export interface FigureOptions extends HistogramOptions {
  /**
   * A `gauge` is set to it. A `counter` takes it as its total since its process started; one that is smaller than
   * before began anew. A `histogram` takes it, or each of a list, as a sample.
   *
   * @defaultValue as the source says
   */
  readonly kind?: 'counter' | 'gauge' | 'histogram';
  /** What the measure is called. @defaultValue as the source calls the figure */
  readonly name?: string;
  /**
   * A counter's process may start anew, so that its total goes back to 0: no problem then.
   *
   * @defaultValue false
   */
  readonly mayRestart?: boolean;
}

/** Takes what a source told. @returns Nothing, or what is wrong with it: its kind, and a sentence that begins in the middle */
export type TakeFigure = (value: unknown) => FigureMistake | undefined;

export interface FigureMistake {
  readonly kind: string;
  readonly message: string;
}

const KNOWN = ['kind', 'name', 'mayRestart', 'unit', 'description', 'actor', 'better', 'resolution'];

/** What is wrong with the options of a figure: an empty list when nothing is. */
export function findFigureMistakes(path: string, options: unknown): readonly string[] {
  if (typeof options !== 'object' || options === null) return [`${path} must be an object; received ${quote(options)}`];
  const mistakes = findUnknownOptions(options, KNOWN).map((mistake) => `${path}: ${mistake}`);
  const { kind } = options as FigureOptions;
  if (kind === undefined || ['counter', 'gauge', 'histogram'].includes(kind)) return mistakes;
  return [...mistakes, `${path}.kind must be "counter", "gauge" or "histogram"; received ${quote(kind)}`];
}

/**
 * Makes the measure that takes a figure.
 *
 * @throws UsageError as `Measures`
 */
export function createFigure(measures: Measures, options: FigureOptions & { readonly name: string }): TakeFigure {
  const { kind = 'gauge', name, mayRestart = false, resolution, ...common } = options;
  const toNumber = (value: unknown): number | FigureMistake => readNumber(name, value, kind !== 'gauge');
  if (kind === 'counter') return takeTotals(measures.counter(name, common), { name, mayRestart, toNumber });
  if (kind === 'gauge') {
    const gauge = measures.gauge(name, common);
    return (value) => {
      const number = toNumber(value);
      if (typeof number !== 'number') return number;
      gauge.set(number);
      return undefined;
    };
  }
  const histogram = measures.histogram(name, resolution === undefined ? common : { ...common, resolution });
  return (value) => {
    let mistake: FigureMistake | undefined;
    for (const sample of Array.isArray(value) ? value : [value]) {
      const number = toNumber(sample);
      if (typeof number === 'number') histogram.record(number);
      else mistake ??= number;
    }
    return mistake;
  };
}

/** Totals since a process started make one total over all its lives. */
function takeTotals(
  counter: Counter,
  options: {
    readonly name: string;
    readonly mayRestart: boolean;
    readonly toNumber: (value: unknown) => number | FigureMistake;
  },
): TakeFigure {
  const { name, mayRestart, toNumber } = options;
  let last = 0;
  return (value) => {
    const total = toNumber(value);
    if (typeof total !== 'number') return total;
    const before = last;
    last = total;
    counter.add(total < before ? total : total - before);
    if (total >= before || mayRestart) return undefined;
    return {
      kind: `back ${name}`,
      message: `told of ${quote(name)}, which only grows, ${before} and then ${total}. If its process may start anew, say mayRestart: true`,
    };
  };
}

function readNumber(name: string, value: unknown, mustBePositive: boolean): number | FigureMistake {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number) && !(mustBePositive && number < 0)) return number;
  const allowed = mustBePositive ? 'a finite number, 0 or more' : 'a finite number';
  return { kind: `value ${name}`, message: `told of ${quote(name)} what is not ${allowed}: ${quote(value)}` };
}
