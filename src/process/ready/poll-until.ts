import { until } from '../../core/until.js';

/** Asks every few milliseconds, until the signal: the deadline is whoever's that gave it. */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  signal: AbortSignal,
  maxIntervalMs = 5,
): Promise<void> {
  await until(condition, { timeoutMs: Number.MAX_SAFE_INTEGER, intervalMs: 1, maxIntervalMs, signal });
}
