import { UsageError } from '../../core/errors.js';
import type { LinePattern } from '../../core/line-pattern.js';
import type { WaitOptions } from '../look.js';
import { type ExpectedExit, expectExited } from '../process/exited.js';
import { expectLogged, type LoggedOptions } from '../process/logged.js';
import {
  assertNotRestarted,
  assertRestarted,
  type ExpectedRestarts,
  type RestartSubject,
} from '../process/restarted.js';
import { assertIsRunning } from '../process/running.js';
import { assertStaysUnder, type UsageLimits, type UsageSource } from '../process/stays-under.js';
import type { ProcessSubject } from '../process/subjects.js';
import { type MatcherContext, type MatcherResult, toExpectationResult, toMatcherResult } from './result.js';

/** The matchers about programs. All but `toBeRunning` wait: await them. */
export const processMatchers = {
  /** A program has written a line: {@link assertHasLogged}. */
  async toHaveLogged(
    this: MatcherContext,
    subject: ProcessSubject,
    pattern: LinePattern,
    options: LoggedOptions = {},
  ): Promise<MatcherResult> {
    return toExpectationResult(this, expectLogged(subject, pattern, options), options);
  },
  /** A program has ended with a code, or by a signal: {@link assertHasExited}. */
  async toHaveExitedWith(
    this: MatcherContext,
    subject: ProcessSubject,
    expected: ExpectedExit,
    options: WaitOptions = {},
  ): Promise<MatcherResult> {
    return toExpectationResult(this, expectExited(subject, expected, options), options);
  },
  /** A program never used as much as some limits: {@link assertStaysUnder}. */
  toStayUnder(usage: UsageSource, limits: UsageLimits): MatcherResult {
    return toMatcherResult(() => assertStaysUnder(usage, limits), 'expected a limit to be reached, and none was');
  },
  /** A supervisor has restarted what it keeps: {@link assertRestarted}; with `not`, nothing: {@link assertNotRestarted}. */
  toHaveRestarted(this: MatcherContext, observed: RestartSubject, expected?: ExpectedRestarts): MatcherResult {
    if (!this.isNot) return toMatcherResult(() => assertRestarted(observed, expected), 'expected other restarts');
    if (expected !== undefined)
      throw new UsageError('toHaveRestarted', 'with not it takes no options: it says that nothing was restarted');
    const { pass, message } = toMatcherResult(() => assertNotRestarted(observed), 'nothing was restarted');
    return { pass: !pass, message };
  },
  /** A program runs: {@link assertIsRunning}. */
  toBeRunning(subject: ProcessSubject): MatcherResult {
    return toMatcherResult(() => assertIsRunning(subject), `expected ${subject.command} not to be running`);
  },
};
