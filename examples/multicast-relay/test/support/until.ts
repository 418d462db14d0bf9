import { setTimeout as delay } from 'node:timers/promises';

/** What is not so yet. */
export interface NotYet {
  readonly waitingFor: string;
}

/**
 * Looks again and again, until what it looks for is there.
 *
 * @throws Error that tells what was last waited for
 */
export async function until<Found>(
  look: () => Found | NotYet | Promise<Found | NotYet>,
  { timeoutMs = 15_000, intervalMs = 5 }: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<Found> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (!isNotYet(found)) return found;
    if (performance.now() >= deadline) throw new Error(`After ${timeoutMs} ms still waiting for ${found.waitingFor}`);
    await delay(intervalMs);
  }
}

function isNotYet(value: unknown): value is NotYet {
  return typeof value === 'object' && value !== null && 'waitingFor' in value;
}
