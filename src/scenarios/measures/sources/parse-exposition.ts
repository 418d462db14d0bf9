import { quote } from '../../../core/errors.js';
import { ExpositionLine, unescapeText } from './exposition-line.js';

/** One figure of an endpoint. */
export interface ExpositionSample {
  /** With its suffix: `tasks_total`, `latency_seconds_bucket`. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** May be NaN or infinite. */
  readonly value: number;
  /** As it is written: milliseconds in the Prometheus format, seconds in OpenMetrics. */
  readonly timestamp?: number;
}

/** Figures that belong together. */
export interface ExpositionFamily {
  readonly name: string;
  /** `counter`, `gauge`, `histogram`, `summary`, … and `untyped` where nothing is said. */
  readonly type: string;
  readonly help?: string;
  readonly unit?: string;
  readonly samples: readonly ExpositionSample[];
}

/** What an endpoint said. */
export interface Exposition {
  readonly families: readonly ExpositionFamily[];
  /** Lines that are none, each with its number; the others are taken. */
  readonly mistakes: readonly string[];
  /** It ends with `# EOF`, as OpenMetrics has to. */
  readonly isEnded: boolean;
}

interface Family {
  readonly name: string;
  type: string;
  help?: string;
  unit?: string;
  readonly samples: ExpositionSample[];
  readonly seen: Set<string>;
}

/** With what the names of a family's figures end, by its type; the longest first. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_created', '_total'],
  histogram: ['_created', '_bucket', '_count', '_sum'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['_created', '_count', '_sum'],
  info: ['_info'],
};

/** What is wrong this often is no list of metrics: megabytes of it would hold up the load. */
const MOST_MISTAKES = 1000;

/**
 * Reads the text formats in which metrics are exposed: Prometheus 0.0.4 and OpenMetrics 1.0, and quoted names as of
 * Prometheus 3. What is wrong in one line takes no other along.
 */
export function parseExposition(text: string): Exposition {
  const families = new Map<string, Family>();
  const mistakes: string[] = [];
  let isEnded = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const row = raw.trim();
    if (row === '') continue;
    if (isEnded) {
      mistakes.push(`line ${index + 1}: there is more after # EOF`);
      break;
    }
    if (row === '# EOF') isEnded = true;
    const mistake = row.startsWith('#') ? readComment(row, families) : readSample(row, families);
    if (mistake === undefined) continue;
    mistakes.push(`line ${index + 1}: ${mistake}`);
    if (mistakes.length < MOST_MISTAKES) continue;
    mistakes.push(`what comes after line ${index + 1} was not read`);
    break;
  }
  return {
    families: [...families.values()].map(({ seen: _, ...family }) => family),
    mistakes,
    isEnded,
  };
}

function readComment(row: string, families: Map<string, Family>): string | undefined {
  const match = /^#\s*(HELP|TYPE|UNIT)\s+("(?:[^"\\]|\\.)*"|\S+)\s*(.*)$/.exec(row);
  // Any other comment is only that.
  if (match === null) return undefined;
  const [, keyword, written = '', rest = ''] = match;
  const name = written.startsWith('"') ? unescapeText(written.slice(1, -1)) : written;
  const family = openFamily(families, name);
  if (keyword === 'HELP') family.help = unescapeText(rest);
  else if (keyword === 'UNIT') family.unit = rest;
  else if (family.samples.length > 0) return `the type of ${quote(name)} comes after its figures`;
  else family.type = rest.trim().toLowerCase();
  return undefined;
}

function readSample(row: string, families: Map<string, Family>): string | undefined {
  const line = new ExpositionLine(row);
  const sample = line.read();
  if (typeof sample === 'string') return `${sample} in ${quote(row)}`;
  const family = findFamily(families, sample.name) ?? openFamily(families, sample.name);
  const key = JSON.stringify([sample.name, [...sample.labels].sort(([one], [other]) => (one < other ? -1 : 1))]);
  if (family.seen.has(key) && sample.timestamp === undefined) return `told twice: ${quote(row)}`;
  family.seen.add(key);
  family.samples.push(sample);
  return undefined;
}

function findFamily(families: Map<string, Family>, name: string): Family | undefined {
  for (const [type, suffixes] of Object.entries(SUFFIXES)) {
    for (const suffix of suffixes) {
      const family = name.endsWith(suffix) ? families.get(name.slice(0, -suffix.length)) : undefined;
      if (family?.type === type) return family;
    }
  }
  return undefined;
}

function openFamily(families: Map<string, Family>, name: string): Family {
  const existing = families.get(name);
  if (existing !== undefined) return existing;
  const family: Family = { name, type: 'untyped', samples: [], seen: new Set() };
  families.set(name, family);
  return family;
}
