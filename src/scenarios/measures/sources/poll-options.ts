import { checkOptions } from '../../../core/check-options.js';
import { quote } from '../../../core/errors.js';
import { findIntervalMistakes } from './follow-sources.js';
import type { PollOptions } from './measure-source.js';

/** Options of a source in two parts: how it is looked at, and the rest. @throws UsageError when they are no object */
export function splitOptions<Options extends PollOptions>(
  subject: string,
  options: Options,
): { readonly poll: PollOptions; readonly rest: Omit<Options, keyof PollOptions> } {
  checkOptions(subject, options);
  const { intervalMs, timeoutMs, mayBeAway, ...rest } = options;
  return {
    poll: {
      ...(intervalMs === undefined ? {} : { intervalMs }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(mayBeAway === undefined ? {} : { mayBeAway }),
    },
    rest,
  };
}

/** What is wrong with them: an empty list when nothing is. */
export function findPollMistakes({ intervalMs, timeoutMs, mayBeAway }: PollOptions): string[] {
  const mistakes = [...findIntervalMistakes('intervalMs', intervalMs), ...findIntervalMistakes('timeoutMs', timeoutMs)];
  if (mayBeAway !== undefined && typeof mayBeAway !== 'boolean') {
    mistakes.push(`mayBeAway must be true or false; received ${quote(mayBeAway)}`);
  }
  return mistakes;
}
