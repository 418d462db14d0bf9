import { quote } from '../../../core/errors.js';
import type { ExpositionSample } from './parse-exposition.js';

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const BLANKS = /[ \t]*/y;
const WORD = /[^\s#]+/y;
/** As Go's ParseFloat takes it, but for hexadecimal digits and underscores. */
const NUMBER = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i;

/** A line with a figure, read from left to right. */
export class ExpositionLine {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @returns What is wrong with it, where it is none */
  read(): ExpositionSample | string {
    const labels = new Map<string, string>();
    let name = this.#take(NAME);
    this.#take(BLANKS);
    if (this.#skip('{')) {
      const inside = this.#readLabels(labels);
      if (typeof inside === 'string') return inside;
      if (inside.name !== undefined && name !== undefined) return 'two names';
      name ??= inside.name;
    }
    if (name === undefined) return 'no name of a metric';
    this.#take(BLANKS);
    const written = this.#take(WORD);
    if (written === undefined) return 'no value';
    const value = toNumber(written);
    if (value === undefined) return `a value that is no number, ${quote(written)},`;
    this.#take(BLANKS);
    const stamp = this.#take(WORD);
    if (stamp === undefined) return this.#end({ name, labels, value });
    const timestamp = toNumber(stamp);
    if (timestamp === undefined) return `a time that is no number, ${quote(stamp)},`;
    return this.#end({ name, labels, value, timestamp });
  }

  /** An exemplar may follow, which is of no use here. */
  #end(sample: ExpositionSample): ExpositionSample | string {
    this.#take(BLANKS);
    const rest = this.#text.slice(this.#at);
    return rest === '' || rest.startsWith('#') ? sample : `${quote(rest)} too much`;
  }

  /** Up to the closing brace; a name in quotes without a value is that of the metric. */
  #readLabels(labels: Map<string, string>): { readonly name: string | undefined } | string {
    let name: string | undefined;
    for (;;) {
      this.#take(BLANKS);
      if (this.#skip('}')) return { name };
      const quoted = this.#takeQuoted();
      const label = quoted ?? this.#take(LABEL);
      if (label === undefined) return 'no name of a label';
      this.#take(BLANKS);
      if (this.#skip('=')) {
        this.#take(BLANKS);
        const value = this.#takeQuoted();
        if (value === undefined) return `no value of the label ${quote(label)}`;
        if (labels.has(label)) return `the label ${quote(label)} twice`;
        labels.set(label, value);
      } else if (quoted === undefined || name !== undefined) return `no value of the label ${quote(label)}`;
      else name = quoted;
      this.#take(BLANKS);
      if (this.#skip(',')) continue;
      return this.#skip('}') ? { name } : 'no } after its labels';
    }
  }

  #takeQuoted(): string | undefined {
    QUOTED.lastIndex = this.#at;
    const match = QUOTED.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return unescapeText(match[1] ?? '');
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  #skip(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false;
    this.#at += 1;
    return true;
  }
}

function toNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** What stands in quotes, or in a text of help, as it was meant. */
export function unescapeText(text: string): string {
  return text.replace(/\\([\\n"])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
