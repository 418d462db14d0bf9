import { quote, UsageError } from '../../core/errors.js';
import type { Process } from '../../process/process.js';

/** A program that `spawn` of `glovebox/process` has started, as assertions see it. */
export type ProcessSubject = Pick<Process, 'command' | 'args' | 'logs' | 'state' | 'exit'>;

/** @throws UsageError for what is no program */
export function requireProcess(matcher: string, subject: ProcessSubject): void {
  const value: unknown = subject;
  if (typeof value === 'object' && value !== null && 'command' in value && 'logs' in value && 'exit' in value) return;
  throw new UsageError(matcher, `expected a program that spawn() has started; received ${quote(subject)}`);
}

/** The last lines of a program, for the end of a message. */
export function describeTail({ logs }: ProcessSubject, count = 10): string {
  const tail = logs.tail(count);
  return tail.length === 0 ? 'it wrote nothing' : `the last it wrote:\n${tail.map((line) => `  ${line}`).join('\n')}`;
}
