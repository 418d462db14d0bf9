import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { LinePattern } from '../../process/logs/line-pattern.js';
import type { LogLine } from '../../process/logs/log-line.js';
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
  const isPattern = (typeof pattern === 'string' && pattern !== '') || pattern instanceof RegExp;
  const mistakes = [
    ...(isPattern || typeof pattern === 'function'
      ? []
      : [`the line must be a text, a regular expression or a function, not ${quote(pattern)}`]),
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
  const what = `a line ${describe(pattern)}${stream === undefined ? '' : ` on ${stream}`}`;
  return {
    subject: quote(subject.command),
    what: `have written ${what}${times === undefined ? '' : ` ${times} times`}`,
    expected: times === undefined ? what : times,
    look: () => {
      const found = subject.logs
        .lines()
        .filter((line) => isMatch(pattern, line) && (stream ?? line.stream) === line.stream);
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

function describe(pattern: LinePattern): string {
  if (typeof pattern === 'string') return `with ${quote(pattern)}`;
  return typeof pattern === 'function' ? 'that the function takes' : `that matches ${pattern}`;
}

function isMatch(pattern: LinePattern, line: LogLine): boolean {
  if (typeof pattern === 'string') return line.text.includes(pattern);
  return typeof pattern === 'function'
    ? pattern(line)
    : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(line.text);
}
