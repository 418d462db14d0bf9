import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { flood, idle } from '../../../src/scenarios/load/flood.js';
import { burst, thunderingHerd } from '../../../src/scenarios/load/herd.js';
import type { Load } from '../../../src/scenarios/load/load.js';
import { ramp } from '../../../src/scenarios/load/ramp.js';
import { mixedPriority, steady, steadyWithChurn } from '../../../src/scenarios/load/steady.js';

const perform = (): void => {};

function listArrivals(load: Load, seed = 1) {
  return [...(load.shape.arrivals?.(createRandom(seed)) ?? [])];
}

function listTimes(load: Load, seed = 1): readonly number[] {
  return listArrivals(load, seed).map(({ atMs }) => atMs);
}

/** How many arrivals there are in each second. */
function countBySecond(load: Load): readonly number[] {
  const counts: number[] = [];
  for (const atMs of listTimes(load)) {
    const second = Math.floor(atMs / 1000);
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

function isSorted(times: readonly number[]): boolean {
  return times.every((atMs, index) => index === 0 || atMs >= (times[index - 1] ?? 0));
}

describe('steady', () => {
  it('spaces arrivals evenly, the first at once and none at the end', () => {
    expect(listTimes(steady({ ratePerSecond: 4, durationMs: 1000, perform }))).toEqual([0, 250, 500, 750]);
  });

  it('does not drift: a million arrivals a third of a millisecond apart are where they ought to be', () => {
    const times = listTimes(steady({ ratePerSecond: 3000, durationMs: 333_333, perform }));
    expect(times).toHaveLength(999_999);
    expect(times.at(-1)).toBeCloseTo(999_998 / 3, 6);
  });

  it('takes no memory for a long schedule: it is made one arrival at a time', () => {
    const { shape } = steady({ ratePerSecond: 20_000, durationMs: 1e12, perform });
    const arrivals = shape.arrivals?.(createRandom(1))[Symbol.iterator]();
    expect([arrivals?.next().value, arrivals?.next().value]).toEqual([{ atMs: 0 }, { atMs: 0.05 }]);
  });

  it('comes at random with the same rate when that is asked for, and always the same for a seed', () => {
    const load = steady({ ratePerSecond: 1000, durationMs: 20_000, spacing: 'poisson', perform });
    const times = listTimes(load);
    expect(times).toEqual(listTimes(load));
    expect(times).not.toEqual(listTimes(load, 2));
    expect(isSorted(times)).toBe(true);
    // The deviation of so many is 141.
    expect(Math.abs(times.length - 20_000)).toBeLessThan(600);
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    // Of an exponential distribution, the deviation is the mean.
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  it('says in words what it is', () => {
    expect(steady({ ratePerSecond: 20_000, durationMs: 30_000, perform }).shape.description).toBe(
      'steady, 20,000 a second for 30 s',
    );
    expect(steady({ ratePerSecond: 0.5, durationMs: 800, spacing: 'poisson', perform }).shape.description).toBe(
      'steady, 0.5 a second on average for 800 ms',
    );
  });

  it('tells all mistakes at once', () => {
    const bad: unknown = { ratePerSecond: -5, durationMs: Number.NaN, spacing: 'odd', maxInFlight: 0, ratePerSecnd: 1 };
    expect(() => steady(bad as Parameters<typeof steady>[0])).toThrow(
      [
        'steady: 6 mistakes:',
        '  - "ratePerSecnd" is no option. Did you mean "ratePerSecond"?',
        '  - either perform or send must be given, not neither',
        '  - maxInFlight must be a whole number above 0; received 0',
        '  - ratePerSecond must be a finite number above 0; received -5',
        '  - durationMs must be a finite number above 0; received NaN',
        '  - spacing must be "regular" or "poisson"; received "odd"',
      ].join('\n'),
    );
    expect(() => steady(undefined as never)).toThrow('steady: options must be an object; received undefined');
  });
});

describe('steadyWithChurn', () => {
  it('is the steady load with arrivals of kind churn between, in order of time', () => {
    const load = steadyWithChurn({ ratePerSecond: 100, churnPerSecond: 5, durationMs: 20_000, perform });
    const arrivals = listArrivals(load);
    expect(isSorted(arrivals.map(({ atMs }) => atMs))).toBe(true);
    const steadyOnes = arrivals.filter(({ kind }) => kind === undefined);
    expect(steadyOnes.map(({ atMs }) => atMs)).toEqual(
      listTimes(steady({ ratePerSecond: 100, durationMs: 20_000, perform })),
    );
    const churn = arrivals.length - steadyOnes.length;
    expect(churn).toBeGreaterThan(60);
    expect(churn).toBeLessThan(140);
    expect(load.shape.description).toBe('steady, 100 a second for 20 s, with churn, 5 a second');
  });
});

describe('thunderingHerd', () => {
  it('comes at once', () => {
    const load = thunderingHerd({ count: 1000, perform });
    expect(listTimes(load)).toEqual(Array.from({ length: 1000 }, () => 0));
    expect(load.shape.description).toBe('thundering herd, 1,000 at once');
  });

  it('is spread evenly over a time, in order, if that is asked for', () => {
    const load = thunderingHerd({ count: 10_000, withinMs: 10_000, perform });
    const times = listTimes(load);
    expect(times).toHaveLength(10_000);
    expect(isSorted(times)).toBe(true);
    for (const count of countBySecond(load)) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(load.shape.description).toBe('thundering herd, 10,000 within 10 s');
  });
});

describe('burst', () => {
  it('comes again and again, with nothing between', () => {
    const load = burst({ count: 2, everyMs: 500, times: 3, perform });
    expect(listTimes(load)).toEqual([0, 0, 500, 500, 1000, 1000]);
    expect(load.shape).toMatchObject({ description: '3 bursts of 2, 500 ms apart', durationMs: 1000 });
  });

  it('refuses bursts that would run into each other', () => {
    expect(() => burst({ count: 2, everyMs: 500, times: 3, withinMs: 501, perform })).toThrow(
      'burst: withinMs must not be above everyMs; received 501 and 500',
    );
  });
});

describe('ramp', () => {
  it('grows evenly from one rate to another', () => {
    const load = ramp({ fromPerSecond: 0, toPerSecond: 100, durationMs: 10_000, perform });
    expect(countBySecond(load)).toEqual(
      [5, 15, 25, 35, 45, 55, 65, 75, 85, 95].map((count) => expect.closeTo(count, -0.5)),
    );
    expect(listTimes(load)).toHaveLength(500);
    expect(load.shape.description).toBe('ramp, from 0 to 100 a second in 10 s');
  });

  it('falls, too, down to nothing', () => {
    const load = ramp({ fromPerSecond: 100, toPerSecond: 0, durationMs: 4000, perform });
    const times = listTimes(load);
    expect(isSorted(times)).toBe(true);
    expect(times.every(Number.isFinite)).toBe(true);
    expect(countBySecond(load)[0]).toBeGreaterThan(80);
    expect(countBySecond(load)[3]).toBeLessThan(20);
  });

  it('is steady where both rates are one', () => {
    const options = { durationMs: 1000, perform };
    const even = listTimes(ramp({ fromPerSecond: 50, toPerSecond: 50, ...options }));
    const expected = listTimes(steady({ ratePerSecond: 50, ...options }));
    expect(even).toEqual(expected.map((atMs) => expect.closeTo(atMs, 9)));
  });
});

describe('mixedPriority', () => {
  it('draws kinds by their shares, at the times of a steady load', () => {
    const load = mixedPriority({
      ratePerSecond: 1000,
      durationMs: 10_000,
      shares: { high: 1, normal: 6, low: 3, never: 0 },
      perform,
    });
    const arrivals = listArrivals(load);
    expect(arrivals.map(({ atMs }) => atMs)).toEqual(
      listTimes(steady({ ratePerSecond: 1000, durationMs: 10_000, perform })),
    );
    const counts = new Map<string | undefined, number>();
    for (const { kind } of arrivals) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['high', 'low', 'normal']);
    expect(Math.abs((counts.get('high') ?? 0) - 1000)).toBeLessThan(150);
    expect(Math.abs((counts.get('normal') ?? 0) - 6000)).toBeLessThan(250);
    expect(load.shape.description).toBe('mixed, 1,000 a second for 10 s: 10 % high, 60 % normal, 30 % low, 0 % never');
  });

  it('refuses shares of which nothing could be drawn', () => {
    const make = (shares: Readonly<Record<string, number>>) => () =>
      mixedPriority({ ratePerSecond: 1, durationMs: 1, shares, perform });
    expect(make({})).toThrow(
      'mixedPriority: shares must name one kind or more, such as { high: 1, low: 9 }; received {}',
    );
    expect(make({ a: 0 })).toThrow('mixedPriority: one of the shares must be above 0');
    expect(make({ a: -1 })).toThrow('mixedPriority: shares.a must be a finite number, 0 or more; received -1');
  });
});

describe('flood', () => {
  it('says that its model is closed', () => {
    expect(flood({ inFlight: 100, count: 5000, perform }).shape.description).toBe(
      'flood, 100 at a time, 5,000 in all (closed model: slow answers slow it down)',
    );
    expect(flood({ inFlight: 100, count: 5000, durationMs: 1500, perform }).shape.description).toBe(
      'flood, 100 at a time, 5,000 in all, for at most 1.5 s (closed model: slow answers slow it down)',
    );
  });

  it('refuses one that would never end, and a second bound of what is under way', () => {
    const bad: unknown = { inFlight: 1, perform, maxInFlight: 5 };
    expect(() => flood(bad as Parameters<typeof flood>[0])).toThrow(
      'flood: 2 mistakes:\n  - count or durationMs must be given: it would never end\n  - maxInFlight must be left out: inFlight is that',
    );
  });
});

describe('idle', () => {
  it('has time, and no arrivals', () => {
    const load = idle({ durationMs: 2000 });
    expect(listTimes(load)).toEqual([]);
    expect(load.shape).toMatchObject({ description: 'nothing for 2 s', durationMs: 2000 });
  });
});
