import { checkOptions, findUnknownOptions } from '../../../core/check-options.js';
import { quote, UsageError } from '../../../core/errors.js';
import type { LogLine } from '../../../core/log-line.js';
import type { HistogramOptions } from '../measure-options.js';
import type { Measures } from '../measures.js';
import type { MeasureSource } from './measure-source.js';

/** What tells of lines as they come; the `logs` of a program are one. */
export interface FollowedLog {
  readonly events: {
    on(event: 'line', listener: (line: LogLine) => void): unknown;
    off(event: 'line', listener: (line: LogLine) => void): unknown;
  };
}

/** What becomes of a part of a line. */
export interface LogMeasure extends HistogramOptions {
  /**
   * A `histogram` takes it as a sample, a `gauge` is set to it, and to a `counter` it is added.
   *
   * @defaultValue `histogram`
   */
  readonly kind?: 'counter' | 'gauge' | 'histogram';
  /** What the measure is called. @defaultValue the name of the group */
  readonly name?: string;
}

/** What becomes of the lines that match. */
export interface FromLogOptions extends LogMeasure {
  /** What becomes of each named group; what is said beside is of those that say nothing of it. @defaultValue each a histogram of its name */
  readonly groups?: Readonly<Record<string, LogMeasure>>;
}

interface Taker {
  readonly name: string;
  readonly group: string | number;
  take(value: number): void;
}

const KNOWN = ['kind', 'name', 'unit', 'description', 'actor', 'better', 'resolution'];

/**
 * Figures in lines that a program writes, from when the run's measures begin. Without a group, the lines that match are
 * counted; with one, its number is taken; with named groups, each has a measure of its own.
 *
 * @throws UsageError for a pattern that is none, and for groups that it has not
 *
 * @example
 * ```ts
 * fromLog(worker.logs, /reconnected/, { name: 'reconnections' });
 * fromLog(worker.logs, /done in (\d+) ms/, { name: 'task time', unit: 'ms' });
 * fromLog(worker.logs, /sent (?<sent>\d+), (?<queued>\d+) wait/, { groups: { sent: { kind: 'counter' }, queued: { kind: 'gauge' } } });
 * ```
 */
export function fromLog(logs: FollowedLog, pattern: RegExp, options: FromLogOptions = {}): MeasureSource {
  checkOptions('fromLog', options);
  const { groups = {}, ...own } = options;
  const named = pattern instanceof RegExp ? listGroups(pattern) : { names: [], count: 0 };
  const mistakes = findMistakes(logs, pattern, options, named);
  if (mistakes.length > 0) throw new UsageError('fromLog', mistakes);
  // One that is global or sticky remembers where it was.
  const search = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return {
    name: `the log with ${pattern}`,
    begin: ({ measures, problem }) => {
      const takers = createTakers(measures, own, groups, named);
      const look = ({ text }: LogLine): void => {
        const match = search.exec(text);
        if (match === null) return;
        for (const { name, group, take } of takers) {
          const part = group === 0 ? '1' : typeof group === 'number' ? match[group] : match.groups?.[group];
          // A group that took no part in the match says nothing.
          if (part === undefined) continue;
          try {
            take(toNumber(part));
          } catch {
            problem(
              `value ${name}`,
              `has no number for ${quote(name)}, but ${quote(part)}, in the line ${quote(text)}`,
            );
          }
        }
      };
      logs.events.on('line', look);
      return { end: () => void logs.events.off('line', look) };
    },
  };
}

function createTakers(
  measures: Measures,
  own: LogMeasure,
  groups: Readonly<Record<string, LogMeasure>>,
  { names, count }: Groups,
): readonly Taker[] {
  if (names.length > 0) {
    const { name: _, ...common } = own;
    return names.map((group) => createTaker(measures, group, { name: group, ...common, ...groups[group] }));
  }
  const name = own.name ?? '';
  if (count === 0) return [createTaker(measures, 0, { kind: 'counter', ...own, name })];
  return [createTaker(measures, 1, { ...own, name })];
}

function createTaker(
  measures: Measures,
  group: string | number,
  { kind = 'histogram', name, resolution, ...common }: LogMeasure & { readonly name: string },
): Taker {
  if (kind === 'counter') {
    const counter = measures.counter(name, common);
    return { name, group, take: (value) => counter.add(value) };
  }
  if (kind === 'gauge') {
    const gauge = measures.gauge(name, common);
    return { name, group, take: (value) => gauge.set(value) };
  }
  const histogram = measures.histogram(name, resolution === undefined ? common : { ...common, resolution });
  return { name, group, take: (value) => histogram.record(value) };
}

/** `Number('')` is 0, and thousands are often set apart. */
function toNumber(text: string): number {
  const digits = text.trim().replace(/(?<=\d)[,_'\u202f\u00a0](?=\d{3}\b)/g, '');
  return digits === '' ? Number.NaN : Number(digits);
}

interface Groups {
  readonly names: readonly string[];
  readonly count: number;
}

/** A pattern that may match nothing matches the empty text, and then tells of its groups. */
function listGroups(pattern: RegExp): Groups {
  const match = new RegExp(`${pattern.source}|`, pattern.flags.replace(/[gy]/g, '')).exec('');
  return { names: Object.keys(match?.groups ?? {}), count: (match?.length ?? 1) - 1 };
}

function findMistakes(logs: unknown, pattern: unknown, options: FromLogOptions, { names, count }: Groups): string[] {
  const { groups = {}, ...own } = options;
  const mistakes = [...findUnknownOptions(own, KNOWN)];
  const hasEvents = typeof logs === 'object' && logs !== null && 'events' in logs;
  if (!hasEvents)
    mistakes.push(`logs must be what a program writes, such as \`program.logs\`; received ${quote(logs)}`);
  if (!(pattern instanceof RegExp)) {
    return [...mistakes, `pattern must be a regular expression; received ${quote(pattern)}`];
  }
  if (names.length === 0 && (typeof own.name !== 'string' || own.name === '')) {
    mistakes.push(
      `name must be a text that is not empty, for ${pattern} has no named group; received ${quote(own.name)}`,
    );
  }
  if (names.length === 0 && count > 1) {
    mistakes.push(
      `${pattern} has ${count} groups: name those that are measures, (?<name>…), and make the others (?:…)`,
    );
  }
  if (own.resolution !== undefined && own.kind !== undefined && own.kind !== 'histogram') {
    mistakes.push(`resolution is of histograms only; kind is ${quote(own.kind)}`);
  }
  for (const group of Object.keys(groups)) {
    if (!names.includes(group)) mistakes.push(`groups.${group}: ${pattern} has no group of that name`);
    mistakes.push(...findUnknownOptions(groups[group] ?? {}, KNOWN).map((mistake) => `groups.${group}: ${mistake}`));
  }
  for (const [path, { kind }] of [
    ['', own],
    ...Object.entries(groups).map(([key, one]) => [`groups.${key}.`, one]),
  ] as [string, LogMeasure][]) {
    if (kind !== undefined && !['counter', 'gauge', 'histogram'].includes(kind)) {
      mistakes.push(`${path}kind must be "counter", "gauge" or "histogram"; received ${quote(kind)}`);
    }
  }
  return mistakes;
}
