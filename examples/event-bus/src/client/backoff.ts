const FIRST_MS = 20;
const LONGEST_MS = 1000;

/**
 * How long to wait before an attempt: longer after each, up to a second, and never the same for all who lost a broker at
 * once.
 *
 * @param attempt from 0
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return most / 2 + (most / 2) * random();
}
