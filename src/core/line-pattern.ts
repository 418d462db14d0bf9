import { quote } from './errors.js';
import type { LogLine } from './log-line.js';

/** A line that is looked for: one that has a text in it, one that matches, or one that a function takes. */
export type LinePattern = string | RegExp | ((line: LogLine) => boolean);

export function matchesLine(pattern: LinePattern, line: LogLine): boolean {
  return typeof pattern === 'function' ? pattern(line) : matchesText(pattern, line.text);
}

/** Whether a text has another in it, or matches. */
export function matchesText(pattern: string | RegExp, text: string): boolean {
  if (typeof pattern === 'string') return text.includes(pattern);
  // One that is global or sticky remembers where it was, and is whoever's that gave it.
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(text);
}

/** What is wrong with a pattern: a list that is empty when nothing is. */
export function findPatternMistakes(name: string, pattern: unknown): readonly string[] {
  const isOne = (typeof pattern === 'string' && pattern !== '') || typeof pattern === 'function';
  if (isOne || pattern instanceof RegExp) return [];
  return [`${name} must be a text, a regular expression or a function, not ${quote(pattern)}`];
}

/** As the subject of a sentence: `a line with "ready"`. */
export function describePattern(pattern: LinePattern): string {
  if (typeof pattern === 'string') return `a line with ${quote(pattern)}`;
  return typeof pattern === 'function' ? 'a line that the function takes' : `a line that matches ${pattern}`;
}
