import { quote, UsageError } from '../core/errors.js';
import { formatOperation, type Operation } from '../core/operation.js';

/**
 * Which operation is meant: its line (`load:prog_one:ok`), in which `*` stands for any run of characters within its
 * part (`detach:*:ok`), or a regular expression on the line. The name is what is between the first colon and the last:
 * it may hold colons itself, as the keys of many stores do.
 */
export type OpPattern = string | RegExp;

/** Whatever keeps a record of operations: a fake kernel, a fault plan, or a list. */
export type OpSource = { operations(): readonly Operation[] } | readonly Operation[];

const LINE = /^[^:]+:.*:(ok|error|crash|\*)$/s;

/** The operations of a source, as they were recorded. @throws UsageError when it keeps none */
export function operationsOf(subject: string, source: OpSource): readonly Operation[] {
  if (Array.isArray(source)) {
    const strange = source.findIndex((each: unknown) => !isOperation(each));
    if (strange < 0) return source;
    throw new UsageError(
      subject,
      `expected a list of operations, as operations() gives it; it holds ${quote(source[strange])}`,
    );
  }
  const candidate: unknown = source;
  if (typeof candidate === 'object' && candidate !== null && 'operations' in candidate) {
    if (typeof candidate.operations === 'function')
      return (source as { operations(): readonly Operation[] }).operations();
  }
  throw new UsageError(subject, `expected a kernel, a fault plan or a list of operations; received ${quote(source)}`);
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'point' in value && typeof value.point === 'string';
}

/** Refuses what can match no operation, all mistakes at once. */
export function checkPatterns(subject: string, patterns: readonly OpPattern[]): void {
  if (!Array.isArray(patterns)) {
    throw new UsageError(
      subject,
      `expected a list of operations such as ['load:prog_one:ok']; received ${quote(patterns)}`,
    );
  }
  const problems = patterns.flatMap((pattern: unknown, index) => {
    if (pattern instanceof RegExp) return [];
    if (typeof pattern === 'string' && LINE.test(pattern)) return [];
    return [`operation ${index + 1} is ${quote(pattern)}; expected verb:name:ok, verb:name:error or verb:name:crash`];
  });
  if (problems.length > 0) throw new UsageError(subject, problems);
}

/** Whether an operation is the one that a pattern means. */
export function matchesOperation(operation: Operation, pattern: OpPattern): boolean {
  return createMatcher(pattern)(formatOperation(operation));
}

/** The test of a pattern on the lines of operations, for whoever holds it against many. */
export function createMatcher(pattern: OpPattern): (line: string) => boolean {
  if (typeof pattern !== 'string') {
    // Without the flags that make a regular expression remember where it was.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return (line) => stateless.test(line);
  }
  if (!pattern.includes('*')) return (line) => line === pattern;
  const wanted = splitLine(pattern);
  return (line) => {
    const parts = splitLine(line);
    return wanted.every((part, index) => matchesPart(parts[index] ?? '', part));
  };
}

/** Verb, name and outcome. */
function splitLine(line: string): readonly string[] {
  const first = line.indexOf(':');
  const last = line.lastIndexOf(':');
  return [line.slice(0, first), line.slice(first + 1, last), line.slice(last + 1)];
}

/** Whether a text is as a pattern says, with `*` for anything; by hand, so that no pattern takes long. */
function matchesPart(text: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return text === pattern;
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let from = head.length;
  for (const piece of rest) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return from <= text.length - tail.length;
}

/** A pattern as a message shows it. */
export function showPattern(pattern: OpPattern): string {
  return typeof pattern === 'string' ? pattern : String(pattern);
}

/** An operation as a message shows it: its line, the error's code, and whether a fault made it so. */
export function describeOperation(operation: Operation): string {
  const code = operation.code === undefined ? '' : ` (${operation.code})`;
  return `${formatOperation(operation)}${code}${operation.injected ? ' [injected]' : ''}`;
}
