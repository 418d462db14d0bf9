import { createRandom } from 'glovebox';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../src/connection/backoff.ts';

const always = (value: number) => ({ float: () => value });
const delaysOf = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

describe('Backoff', () => {
  test('the limit doubles with each failure, up to the most there is', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 2000, random: always(1) });
    expect(delaysOf(backoff, 7)).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  });

  test('a delay is anything from nothing to the limit', () => {
    const options = { baseMs: 100, maxMs: 2000 };
    expect(delaysOf(new Backoff({ ...options, random: always(0) }), 4)).toEqual([0, 0, 0, 0]);
    expect(delaysOf(new Backoff({ ...options, random: always(0.5) }), 4)).toEqual([50, 100, 200, 400]);
  });

  test('a success begins it anew', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 2000, random: always(1) });
    delaysOf(backoff, 4);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  test('the limit stays what it is however many failures there were', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 2000, random: always(1) });
    expect(delaysOf(backoff, 2000).at(-1)).toBe(2000);
  });

  test('delays are spread evenly: each tenth of the limit gets its share', () => {
    const backoff = new Backoff({ baseMs: 1000, maxMs: 1000, random: createRandom(7) });
    const tenths = new Array<number>(10).fill(0);
    for (const delayMs of delaysOf(backoff, 10_000)) {
      const tenth = Math.floor(delayMs / 100);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 1000 each; five times the standard deviation, 30, is more than chance does.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
