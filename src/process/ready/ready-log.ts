import { quote } from '../../core/errors.js';
import type { LogLine } from '../logs/log-line.js';
import type { ReadyCheck } from './ready-target.js';

/** Ready when a line was written that has this text in it, or matches. */
export function createLogCheck(pattern: string | RegExp): ReadyCheck {
  const matches = ({ text }: LogLine): boolean =>
    typeof pattern === 'string' ? text.includes(pattern) : new RegExp(pattern).test(text);
  return {
    description: typeof pattern === 'string' ? `a line with ${quote(pattern)}` : `a line that matches ${pattern}`,
    wait: ({ logs, firstLine }, signal) =>
      new Promise((resolve) => {
        const look = (line: LogLine): void => {
          if (!matches(line)) return;
          logs.events.off('line', look);
          resolve();
        };
        signal.addEventListener('abort', () => logs.events.off('line', look), { once: true });
        logs.events.on('line', look);
        if (logs.lines(firstLine).some(matches)) resolve();
      }),
  };
}
