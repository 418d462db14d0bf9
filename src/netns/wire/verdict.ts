import { quote, UsageError } from '../../core/errors.js';
import type { WireVerdict } from './wire-protocol.js';

/** What a function decided, if it is a decision. @throws UsageError */
export function requireVerdict(verdict: unknown): WireVerdict {
  if (verdict === undefined || verdict === 'pass' || verdict === 'drop') return verdict;
  if (typeof verdict === 'object' && verdict !== null) {
    const { delayMs, frames }: { readonly delayMs?: unknown; readonly frames?: unknown } = verdict;
    const isDelay = delayMs === undefined || (typeof delayMs === 'number' && delayMs >= 0 && Number.isFinite(delayMs));
    const isList = Array.isArray(frames) && frames.every((frame) => frame instanceof Uint8Array);
    if (isDelay && (frames === undefined || isList)) {
      return { ...(delayMs === undefined ? {} : { delayMs }), ...(isList ? { frames } : {}) };
    }
  }
  const allowed = "undefined, 'pass', 'drop', or { delayMs, frames } with a number from 0 and a list of bytes";
  throw new UsageError('link.intercept', `the function must return ${allowed}; it returned ${quote(verdict)}`);
}
