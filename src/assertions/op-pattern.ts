import { quote, UsageError } from '../core/errors.js';
import { formatOperation, type Operation } from '../core/operation.js';

/**
 * Which operation is meant: its line (`load:prog_one:ok`), in which `*` stands for any run of characters other than
 * a colon (`detach:*:ok`), or a regular expression on the line.
 */
export type OpPattern = string | RegExp;

/** Whatever keeps a record of operations: a fake kernel, a fault plan, or a list. */
export type OpSource = { operations(): readonly Operation[] } | readonly Operation[];

const LINE = /^[^:]+:.*:(ok|error|crash|\*)$/s;

/** The operations of a source, as they were recorded. @throws UsageError when it keeps none */
export function operationsOf(subject: string, source: OpSource): readonly Operation[] {
  if (Array.isArray(source)) return source;
  const candidate: unknown = source;
  if (typeof candidate === 'object' && candidate !== null && 'operations' in candidate) {
    if (typeof candidate.operations === 'function')
      return (source as { operations(): readonly Operation[] }).operations();
  }
  throw new UsageError(subject, `expected a kernel, a fault plan or a list of operations; received ${quote(source)}`);
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
  const line = formatOperation(operation);
  if (typeof pattern !== 'string') return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(line);
  return pattern.includes('*') ? wildcard(pattern).test(line) : line === pattern;
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^:]*');
  return new RegExp(`^${source}$`);
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
