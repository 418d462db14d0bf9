import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from './machine/machine.ts';

/**
 * Looks until what is seen is as it should be, for as long as the machine may take; then fails as the check did last.
 * `expect.poll` has to know its test, and does not where tests run beside each other.
 */
export async function eventually<T>(machine: Machine, look: () => Promise<T>, check: (seen: T) => void): Promise<void> {
  const deadline = performance.now() + machine.patienceMs;
  for (;;) {
    const seen = await look();
    try {
      check(seen);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await delay(50);
  }
}
