import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DueQueue } from '../../../src/netns/wire/due-queue.js';
import { type Impairment, ImpairmentModel } from '../../../src/netns/wire/impairment-model.js';

function decideAll(seed: number, settings: Impairment, count: number) {
  const model = new ImpairmentModel(seed);
  model.set(settings, seed);
  return Array.from({ length: count }, (_none, index) => model.decide(index, 100, 0));
}

describe('impairments', () => {
  test('fall the same way for the same seed, and another way for another', () => {
    const settings = { delayMs: 5, jitterMs: 3, lossPercent: 20, duplicatePercent: 20, corruptPercent: 20 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xfffffffe }), (seed) => {
        const fates = decideAll(seed, settings, 40);
        expect(decideAll(seed, settings, 40)).toEqual(fates);
        expect(decideAll(seed + 1, settings, 40)).not.toEqual(fates);
      }),
      { numRuns: 50 },
    );
  });

  test('hit as often as they say, and where they may', () => {
    const fates = decideAll(3, { lossPercent: 10, duplicatePercent: 20, corruptPercent: 30 }, 10_000);
    // To the nearest five: what is drawn varies.
    const share = (hits: number): number => Math.round((hits / fates.length) * 20) * 5;
    expect(share(fates.filter(({ lost }) => lost).length)).toBe(10);
    expect(share(fates.filter(({ copies }) => copies === 2).length)).toBe(20);
    const bits = fates.map(({ corruptBit }) => corruptBit).filter((bit) => bit >= 0);
    expect(share(bits.length)).toBe(30);
    expect(Math.min(...bits)).toBeGreaterThanOrEqual(14 * 8);
    expect(Math.max(...bits)).toBeLessThan(100 * 8);
  });

  test('that name another loss leave the other draws as they were', () => {
    const jitterOf = (settings: Impairment) => decideAll(5, { jitterMs: 4, delayMs: 9, ...settings }, 20);
    const without = jitterOf({});
    for (const [index, fate] of jitterOf({ duplicatePercent: 50 }).entries())
      expect(fate.dueMs).toBe(without[index]?.dueMs);
  });

  test('hold frames to a rate, one behind the other, and drop what is beyond the limit', () => {
    const model = new ImpairmentModel(0);
    model.set({ rateBitsPerSecond: 8000, delayMs: 10, limitPackets: 3 }, 0);
    expect([0, 1, 2].map((queued) => model.decide(0, 100, queued).dueMs)).toEqual([110, 210, 310]);
    expect(model.decide(0, 100, 3)).toMatchObject({ overLimit: true });
    expect(model.decide(1000, 100, 0).dueMs).toBe(1110);
  });

  test('let a frame that is reordered go at once', () => {
    expect(decideAll(1, { delayMs: 50, reorderPercent: 100 }, 1)[0]).toMatchObject({ dueMs: 0, reordered: true });
  });
});

test('a queue gives what is due by its time, and of one time in the order of coming', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const queue = new DueQueue<readonly [number, number]>();
      for (const [index, time] of times.entries()) queue.push(time, [time, index]);
      expect(queue.take(-1)).toBeUndefined();
      const taken = times.map(() => queue.take(20));
      const sorted = times.map((time, index) => [time, index] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      expect(taken).toEqual(sorted);
      expect(queue.size).toBe(0);
    }),
  );
});
