import type { ErrnoName } from '../../core/errno.js';
import type { OpPattern } from '../op-pattern.js';
import type { DatabaseEmptyOptions } from '../state.js';

/** The matchers that glovebox adds to Vitest's `expect`. */
export interface GloveboxMatchers<R> {
  /** Exactly these operations, in this order: `expect(kernel).toHaveOps(['load:prog_one:ok'])`. */
  toHaveOps(expected: readonly OpPattern[]): R;
  /** These operations in this order, whatever else happened between them. */
  toHaveOpsInOrder(expected: readonly OpPattern[]): R;
  /** Both operations, and no `second` before the first `first`. */
  toHaveOpBefore(first: OpPattern, second: OpPattern): R;
  /** A kernel that holds nothing, or a database whose tables are all empty. */
  toBeEmpty(options?: DatabaseEmptyOptions): R;
  /** `{ kernel, database }` with nothing left in either. */
  toBeClean(): R;
  /** A promise that rejects, or a function that throws or rejects, with an error of Linux. Always await it. */
  toRejectWithErrno(code: ErrnoName): Promise<void>;
}

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends GloveboxMatchers<R> {}
}
