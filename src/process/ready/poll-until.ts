import { until } from '../../core/until.js';

/** Asks every few milliseconds, until the signal: the deadline is whoever's that gave it. */
export async function pollUntil(condition: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
  await until(condition, { timeoutMs: Number.MAX_SAFE_INTEGER, intervalMs: 1, maxIntervalMs: 5, signal });
}
