import type { ErrnoName } from '../../core/errno.js';
import { quote, UsageError } from '../../core/errors.js';
import { assertRejectsWithErrno } from '../errno.js';
import type { OpPattern, OpSource } from '../op-pattern.js';
import { assertHappensBefore, assertKernelOps, assertOpsInOrder } from '../operations.js';
import {
  assertCleanState,
  assertDatabaseEmpty,
  assertKernelEmpty,
  type CleanStateTargets,
  type DatabaseEmptyOptions,
  isInspectableKernel,
  isSqlDatabase,
} from '../state.js';
import { networkMatchers } from './network.js';
import { processMatchers } from './process.js';
import { type MatcherResult, toMatcherResult, toMatcherResultAsync } from './result.js';

export type { MatcherResult } from './result.js';
export type { GloveboxMatchers } from './types.js';

/**
 * The matchers as an object for `expect.extend`. `glovebox/fixtures` has them on its `expect` already.
 *
 * @example
 * ```ts
 * import { expect } from 'vitest';
 * import { matchers } from 'glovebox/matchers';
 * expect.extend(matchers);
 * ```
 */
export const matchers = {
  /** Exactly these operations took place, in this order: {@link assertKernelOps}. */
  toHaveOps(source: OpSource, expected: readonly OpPattern[]): MatcherResult {
    return toMatcherResult(() => assertKernelOps(source, expected), 'expected other operations than these');
  },
  /** These operations took place in this order, whatever came between: {@link assertOpsInOrder}. */
  toHaveOpsInOrder(source: OpSource, expected: readonly OpPattern[]): MatcherResult {
    return toMatcherResult(
      () => assertOpsInOrder(source, expected),
      'expected these operations not to happen in this order',
    );
  },
  /** Both operations took place, the first one first: {@link assertHappensBefore}. */
  toHaveOpBefore(source: OpSource, first: OpPattern, second: OpPattern): MatcherResult {
    return toMatcherResult(
      () => assertHappensBefore(source, first, second),
      `expected ${String(first)} not to happen before ${String(second)}`,
    );
  },
  /** A kernel holds nothing ({@link assertKernelEmpty}), or all tables are empty ({@link assertDatabaseEmpty}). */
  toBeEmpty(target: unknown, options: DatabaseEmptyOptions = {}): MatcherResult {
    return toMatcherResult(() => assertEmpty(target, options), 'expected it not to be empty, and nothing is there');
  },
  /** Nothing is left in the kernel and in the database: {@link assertCleanState}. */
  toBeClean(targets: CleanStateTargets): MatcherResult {
    return toMatcherResult(() => assertCleanState(targets), 'expected something to be left, and nothing is');
  },
  /** A promise or function fails with this error of Linux; always await it: {@link assertRejectsWithErrno}. */
  async toRejectWithErrno(subject: PromiseLike<unknown> | (() => unknown), code: ErrnoName): Promise<MatcherResult> {
    return toMatcherResultAsync(() => assertRejectsWithErrno(subject, code), `expected a failure other than ${code}`);
  },
  ...networkMatchers,
  ...processMatchers,
};

function assertEmpty(target: unknown, options: DatabaseEmptyOptions): void {
  if (isInspectableKernel(target)) assertKernelEmpty(target);
  else if (isSqlDatabase(target)) assertDatabaseEmpty(target, options);
  else throw new UsageError('toBeEmpty', `expected a kernel or a SQLite database; received ${quote(target)}`);
}
