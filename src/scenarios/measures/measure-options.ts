import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';

/** What may be said of any measure. */
export interface MeasureOptions {
  /** What stands behind a figure in text: `tasks`, `ms`, `bytes`. @defaultValue none, for a plain number */
  readonly unit?: string;
  /** A sentence for whoever reads the report. */
  readonly description?: string;
  /** Whose it is; measures of one name and several actors are compared with each other. */
  readonly actor?: string;
  /** Which way is better, for who compares two runs. @defaultValue less of a histogram of times; of all else neither */
  readonly better?: 'higher' | 'lower';
}

/** What may be said of a histogram. */
export interface HistogramOptions extends MeasureOptions {
  /**
   * The smallest difference between two samples that is told apart, in the histogram's unit. Samples may be up to
   * 9,007,199,254,740,991 times as much; of large ones three significant digits are kept.
   *
   * @defaultValue a nanosecond where the unit is `ns`, `µs`, `us`, `ms` or `s`, 0.001 where it is another
   */
  readonly resolution?: number;
}

/** Who and what a measure is; `key` tells it from every other. */
export interface MeasureIdentity {
  readonly name: string;
  readonly unit: string;
  readonly description?: string;
  readonly actor?: string;
  readonly better?: 'higher' | 'lower';
}

const KNOWN = ['unit', 'description', 'actor', 'better'];

/** @throws UsageError with every mistake */
export function checkMeasure(
  subject: string,
  name: unknown,
  options: MeasureOptions,
  more: readonly string[] = [],
): MeasureIdentity {
  checkOptions(subject, options);
  const mistakes = [
    ...findTextMistakes('name', name, false),
    ...findUnknownOptions(options, [...KNOWN, ...more]),
    ...(['description', 'actor'] as const).flatMap((field) => findTextMistakes(field, options[field], true)),
  ];
  const { unit = '', description, actor, better } = options;
  if (typeof unit !== 'string') mistakes.push(`unit must be a text, such as "ms"; received ${quote(unit)}`);
  if (better !== undefined && better !== 'higher' && better !== 'lower') {
    mistakes.push(`better must be "higher" or "lower"; received ${quote(better)}`);
  }
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return {
    name: String(name),
    unit,
    ...(description === undefined ? {} : { description }),
    ...(actor === undefined ? {} : { actor }),
    ...(better === undefined ? {} : { better }),
  };
}

function findTextMistakes(field: string, value: unknown, mayBeMissing: boolean): readonly string[] {
  if (mayBeMissing && value === undefined) return [];
  if (typeof value === 'string' && value !== '') return [];
  return [`${field} must be a text that is not empty; received ${quote(value)}`];
}
