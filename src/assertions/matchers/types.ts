import type { ErrnoName } from '../../core/errno.js';
import type { LinePattern } from '../../core/line-pattern.js';
import type { ProbeHost } from '../../netns/probe/probe-options.js';
import type { WaitOptions } from '../look.js';
import type { AddressOptions } from '../network/address.js';
import type { ConserveOptions } from '../network/conserve.js';
import type { ExpectedCount, ForwardedOptions } from '../network/forwarded.js';
import type { JoinedGroupOptions } from '../network/joined.js';
import type { ReachOptions } from '../network/reach.js';
import type { ExpectedRoute } from '../network/route.js';
import type { OpPattern } from '../op-pattern.js';
import type { ExpectedExit } from '../process/exited.js';
import type { LoggedOptions } from '../process/logged.js';
import type { ExpectedRestarts } from '../process/restarted.js';
import type { UsageLimits } from '../process/stays-under.js';
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
  /** A host, or a namespace, that has an address which may be used: `10.0.0.1`, or `10.0.0.1/24`. Await it. */
  toHaveAddress(address: string, options?: AddressOptions): Promise<void>;
  /** A host, or a namespace, that has a route which is alive. Await it. */
  toHaveRoute(route: ExpectedRoute, options?: WaitOptions): Promise<void>;
  /** A host to which packets of a group would come: its kernel has joined, and the switch knows. Await it. */
  toHaveJoined(group: string, options?: JoinedGroupOptions): Promise<void>;
  /** A host, or a namespace, that gets an answer from another host or an address. Await it. */
  toReach(target: string | ProbeHost, options?: ReachOptions): Promise<void>;
  /** A router, host, switch or link that passed so many packets on. Await it. */
  toHaveForwarded(count: ExpectedCount, options?: ForwardedOptions): Promise<void>;
  /** A program that has written a line: one with a text in it, one that matches, one that a function takes. Await it. */
  toHaveLogged(pattern: LinePattern, options?: LoggedOptions): Promise<void>;
  /** A program that has ended, with a code or by a signal: `0`, `'SIGKILL'`. Await it. */
  toHaveExitedWith(expected: ExpectedExit, options?: WaitOptions): Promise<void>;
  /** What a program used, by `process.watchUsage()`, that never reached a limit: `{ rssMiB: 200, fds: 100 }`. */
  toStayUnder(limits: UsageLimits): R;
  /**
   * What `observeRestarts` saw of a supervisor, that has restarted what it keeps, as it should:
   * `{ withinMs: 500, atMost: 5, backoff: { minFactor: 2 } }`. With `not`, that has restarted nothing.
   */
  toHaveRestarted(expected?: ExpectedRestarts): R;
  /** A program that has neither ended nor been suspended. */
  toBeRunning(): R;
  /** Counts of stages that are all the same, `{ matched: 10, sent: 10 }`, or a ledger's report in which all arrived. */
  toConserve(options?: ConserveOptions): R;
}

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends GloveboxMatchers<R> {}
}
