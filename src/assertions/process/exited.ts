import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { ProcessExit } from '../../process/process-exit.js';
import { assertLook, type Expectation, findWaitMistakes, type WaitOptions } from '../look.js';
import { describeTail, type ProcessSubject, requireProcess } from './subjects.js';

/** How a program is to have ended: a code, or the name of a signal. */
export type ExpectedExit = number | NodeJS.Signals;

/** @internal What `assertHasExited` and `toHaveExitedWith` are about. @throws UsageError with every mistake */
export function expectExited(subject: ProcessSubject, expected: ExpectedExit, options: WaitOptions = {}): Expectation {
  const matcher = 'toHaveExitedWith';
  requireProcess(matcher, subject);
  checkOptions(matcher, options);
  const isCode = typeof expected === 'number' && Number.isInteger(expected) && expected >= 0 && expected <= 255;
  const isSignal = typeof expected === 'string' && /^SIG[A-Z0-9]+$/.test(expected);
  const mistakes = [
    ...(isCode || isSignal
      ? []
      : [`the end must be a code from 0 to 255 or a signal such as "SIGKILL", not ${quote(expected)}`]),
    ...findUnknownOptions(options, ['timeoutMs']),
    ...findWaitMistakes(options),
  ];
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
  let exit: ProcessExit | undefined;
  // It never rejects.
  void subject.exit.then((how) => {
    exit = how;
  });
  return {
    subject: quote(subject.command),
    what: isCode ? `have exited with code ${expected}` : `have been ended by ${expected}`,
    expected,
    look: async () => {
      // What has ended already is known in the next turn.
      await Promise.resolve();
      if (exit === undefined) return { holds: false, seen: `it runs; ${describeTail(subject)}`, actual: subject.state };
      const actual = exit.signal ?? exit.code;
      const seen = exit.signal === undefined ? `it exited with code ${exit.code}` : `it was ended by ${exit.signal}`;
      return { holds: actual === expected, seen: `${seen}; ${describeTail(subject)}`, actual, isFinal: true };
    },
  };
}

/**
 * Asserts that a program has ended, or does so in time, with a code or by a signal.
 *
 * @throws AssertionError that tells how it ended and the last it wrote; UsageError
 *
 * @example
 * ```ts
 * await assertHasExited(migration, 0, { timeoutMs: 5000 });
 * ```
 */
export async function assertHasExited(
  subject: ProcessSubject,
  expected: ExpectedExit,
  options: WaitOptions = {},
): Promise<void> {
  await assertLook(expectExited(subject, expected, options), options.timeoutMs);
}
