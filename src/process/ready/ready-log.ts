import { describePattern, type LinePattern } from '../../core/line-pattern.js';
import type { ReadyCheck } from './ready-target.js';

/** Ready when a line was written that has this text in it, or matches. */
export function createLogCheck(pattern: LinePattern): ReadyCheck {
  return {
    description: describePattern(pattern),
    wait: async ({ logs, firstLine }, signal) => {
      // The deadline is whoever's that gave the signal.
      await logs.waitForLine(pattern, { from: firstLine, timeoutMs: Number.MAX_SAFE_INTEGER, signal });
    },
  };
}
