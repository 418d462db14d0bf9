import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { describePattern, findPatternMistakes, type LinePattern, matchesLine } from '../../core/line-pattern.js';
import type { LogLine } from '../../core/log-line.js';
import { assertLook, type Expectation, findWaitMistakes, type WaitOptions } from '../look.js';
import { describeTail, type ProcessSubject, requireProcess } from './subjects.js';

/** Which lines count. */
export interface LoggedOptions extends WaitOptions {
  /** @defaultValue both */
  readonly stream?: LogLine['stream'];
  /** How many such lines there are to be. @defaultValue at least one */
  readonly times?: number;
}

/** @internal What `assertHasLogged` and `toHaveLogged` are about. @throws UsageError with every mistake */
export function expectLogged(subject: ProcessSubject, pattern: LinePattern, options: LoggedOptions = {}): Expectation {
  const matcher = 'toHaveLogged';
  requireProcess(matcher, subject);
  checkOptions(matcher, options);
  const { stream, times } = options;
  const mistakes = [
    ...findPatternMistakes('the line', pattern),
    ...findUnknownOptions(options, ['timeoutMs', 'stream', 'times']),
    ...(stream === undefined || stream === 'stdout' || stream === 'stderr'
      ? []
      : [`stream must be "stdout" or "stderr", not ${quote(stream)}`]),
    ...(times === undefined || (Number.isInteger(times) && times >= 0)
      ? []
      : [`times must be a whole number, not ${quote(times)}`]),
    ...findWaitMistakes(options),
  ];
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
  const what = `${describePattern(pattern)}${stream === undefined ? '' : ` on ${stream}`}`;
  return {
    subject: quote(subject.command),
    what: `have written ${what}${times === undefined ? '' : ` ${times} times`}`,
    expected: times === undefined ? what : times,
    look: () => {
      const found = subject.logs
        .lines()
        .filter((line) => matchesLine(pattern, line) && (stream ?? line.stream) === line.stream);
      const holds = times === undefined ? found.length > 0 : found.length === times;
      const seen = times === undefined || found.length === 0 ? describeTail(subject) : `there are ${found.length}`;
      const isFinal = !holds && times !== undefined && found.length > times;
      return { holds, seen: holds ? `it has: ${quote(found[0]?.text)}` : seen, actual: found.length, isFinal };
    },
  };
}

/**
 * Asserts that a program has written a line, or does so in time.
 *
 * @throws AssertionError with the last lines; UsageError
 *
 * @example
 * ```ts
 * await assertHasLogged(relay, /joined 239\.1\.1\.1/);
 * ```
 */
export async function assertHasLogged(
  subject: ProcessSubject,
  pattern: LinePattern,
  options: LoggedOptions = {},
): Promise<void> {
  await assertLook(expectLogged(subject, pattern, options), options.timeoutMs);
}
