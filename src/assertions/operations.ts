import { AssertionError, UsageError } from '../core/errors.js';
import { formatOperation, type Operation } from '../core/operation.js';
import { diffOperations } from './op-diff.js';
import {
  checkPatterns,
  describeOperation,
  matchesOperation,
  type OpPattern,
  type OpSource,
  operationsOf,
  showPattern,
} from './op-pattern.js';

/** How many recorded operations a message lists. */
const LISTED = 40;

/**
 * Asserts that exactly these operations took place, in this order. Reads are not counted.
 *
 * @example
 * ```ts
 * assertKernelOps(kernel, ['load:prog_one:ok', 'load:prog_two:error', 'unload:prog_one:ok']);
 * ```
 * @throws AssertionError with the difference, UsageError for a line that no operation can have
 */
export function assertKernelOps(source: OpSource, expected: readonly OpPattern[]): void {
  checkPatterns('assertKernelOps', expected);
  const received = operationsOf('assertKernelOps', source);
  if (received.length === expected.length && expected.every((pattern, index) => matchesAt(received, index, pattern)))
    return;
  throw new AssertionError(
    `the operations are not those expected: expected ${expected.length}, received ${received.length} ` +
      `(- missing, + unexpected)\n${diffOperations(expected, received)}`,
    { actual: received.map(formatOperation), expected: expected.map(showPattern) },
  );
}

/**
 * Asserts that these operations took place in this order, whatever else happened between them.
 *
 * @throws AssertionError naming the first that is missing after its predecessor
 */
export function assertOpsInOrder(source: OpSource, expected: readonly OpPattern[]): void {
  checkPatterns('assertOpsInOrder', expected);
  const received = operationsOf('assertOpsInOrder', source);
  let from = 0;
  for (const [index, pattern] of expected.entries()) {
    const at = received.findIndex((operation, place) => place >= from && matchesOperation(operation, pattern));
    if (at === -1) throw outOfOrder(expected, index, received, from);
    from = at + 1;
  }
}

/**
 * Asserts that both operations took place, and that no `second` took place before the first `first`.
 *
 * @throws AssertionError saying which is missing, or where both were seen
 */
export function assertHappensBefore(source: OpSource, first: OpPattern, second: OpPattern): void {
  checkPatterns('assertHappensBefore', [first, second]);
  const received = operationsOf('assertHappensBefore', source);
  const firstAt = received.findIndex((operation) => matchesOperation(operation, first));
  const secondAt = received.findIndex((operation) => matchesOperation(operation, second));
  if (firstAt !== -1 && secondAt !== -1 && firstAt < secondAt) return;
  const problem =
    firstAt === -1 || secondAt === -1
      ? `${[firstAt === -1 ? showPattern(first) : [], secondAt === -1 ? showPattern(second) : []].flat().join(' and ')} never happened`
      : `${showPattern(first)} was number ${firstAt + 1}, ${showPattern(second)} number ${secondAt + 1}`;
  throw new AssertionError(
    `expected ${showPattern(first)} to happen before ${showPattern(second)}: ${problem}\n${listOperations(received)}`,
    { actual: received.map(formatOperation), expected: [showPattern(first), showPattern(second)] },
  );
}

function matchesAt(received: readonly Operation[], index: number, pattern: OpPattern): boolean {
  const operation = received[index];
  return operation !== undefined && matchesOperation(operation, pattern);
}

function outOfOrder(
  expected: readonly OpPattern[],
  index: number,
  received: readonly Operation[],
  from: number,
): Error {
  const pattern = expected[index];
  if (pattern === undefined) return new UsageError('assertOpsInOrder', 'the list of operations has a hole');
  const previous = expected[index - 1];
  const after = previous === undefined ? '' : ` after ${showPattern(previous)} (number ${from})`;
  const earlier = received.findIndex((operation) => matchesOperation(operation, pattern));
  const hint = earlier === -1 ? 'it never happened' : `it happened before, as number ${earlier + 1}`;
  return new AssertionError(`expected ${showPattern(pattern)}${after}: ${hint}\n${listOperations(received)}`, {
    actual: received.map(formatOperation),
    expected: expected.map(showPattern),
  });
}

function listOperations(operations: readonly Operation[]): string {
  if (operations.length === 0) return 'no operation was recorded';
  const skipped = Math.max(0, operations.length - LISTED);
  const lines = operations
    .slice(skipped)
    .map((operation, index) => `  ${skipped + index + 1}. ${describeOperation(operation)}`);
  return [
    `recorded operations (${operations.length}):`,
    ...(skipped > 0 ? [`  … ${skipped} earlier`] : []),
    ...lines,
  ].join('\n');
}
