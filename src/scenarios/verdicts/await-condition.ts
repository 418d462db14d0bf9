import type { Clock } from '../../core/clock.js';
import { AbortedError, TimeoutError } from '../../core/errors.js';
import { until } from '../../core/until.js';
import { describeError } from '../load/failure-tally.js';
import type { VerdictRecord } from '../scenario-result.js';
import { inSeconds } from '../words.js';
import type { Condition } from './condition.js';
import { toVerdictRecord } from './judge.js';

const WITHIN_MS = 5000;

/** Waits until a condition holds, as long as it may take, and tells when. It never rejects. */
export async function awaitCondition(
  condition: Condition,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<VerdictRecord> {
  const { name, holds, withinMs = WITHIN_MS, knownFailure } = condition;
  const expected = `it holds within ${inSeconds(withinMs)}`;
  const startedMs = clock.now();
  const tell = (ok: boolean, actual: string, details: readonly string[] = []): VerdictRecord =>
    toVerdictRecord(`eventually: ${name}`, { ok, expected, actual, details }, knownFailure);
  try {
    await until(async () => Boolean(await holds()), { clock, signal, timeoutMs: withinMs, description: name });
    return tell(true, `it did after ${inSeconds(Math.max(0, Math.round(clock.now() - startedMs)))}`);
  } catch (error) {
    if (error instanceof AbortedError) return tell(false, `the run ended before it did: ${describeError(error.cause)}`);
    if (!(error instanceof TimeoutError)) return tell(false, describeError(error));
    const reason = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
    return tell(false, `it did not${reason}`, [error.message]);
  }
}
