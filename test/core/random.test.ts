import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random, randomSeed } from '../../src/core/random.js';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const draws = (random: Random, count = 20): number[] => Array.from({ length: count }, () => random.int(0, 1e9));

describe('createRandom', () => {
  it('gives the same values on every machine', () => {
    const random = createRandom(42);
    expect([random.seed, random.int(1, 6), random.float(), random.int(-1e15, 1e15)]).toMatchInlineSnapshot(`
      [
        42,
        4,
        0.9215897406641653,
        832715143937220,
      ]
    `);
    expect([...random.bytes(4)]).toMatchInlineSnapshot(`
      [
        90,
        186,
        63,
        253,
      ]
    `);
    expect(random.shuffle([1, 2, 3, 4, 5])).toMatchInlineSnapshot(`
      [
        3,
        2,
        4,
        1,
        5,
      ]
    `);
    expect(random.fork('wire').seed).toMatchInlineSnapshot(`2715423598`);
  });

  it('gives the same values for the same seed, others for another', () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, other) => {
        expect(draws(createRandom(seed))).toEqual(draws(createRandom(seed)));
        if (seed !== other) expect(draws(createRandom(seed))).not.toEqual(draws(createRandom(other)));
      }),
    );
  });

  it('starts neighbouring seeds far apart', () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => createRandom(seed).float());
    for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
      const inTenth = firsts.filter((value) => value >= tenth && value < tenth + 0.1).length;
      expect(inTenth).toBeGreaterThan(60);
      expect(inTenth).toBeLessThan(140);
    }
  });

  it('keeps integers within any safe range, both ends included', () => {
    fc.assert(
      fc.property(seeds, fc.maxSafeInteger(), fc.maxSafeInteger(), (seed, a, b) => {
        const [min, max] = a < b ? [a, b] : [b, a];
        const value = createRandom(seed).int(min, max);
        expect(Number.isSafeInteger(value) && value >= min && value <= max).toBe(true);
      }),
    );
    const random = createRandom(1);
    expect(new Set(Array.from({ length: 100 }, () => random.int(1, 3)))).toEqual(new Set([1, 2, 3]));
    expect(random.int(7, 7)).toBe(7);
  });

  it('keeps floats from 0 to below 1, and bytes from 0 to 255', () => {
    fc.assert(
      fc.property(seeds, fc.nat(64), (seed, length) => {
        const random = createRandom(seed);
        const value = random.float();
        expect(value >= 0 && value < 1).toBe(true);
        expect(random.bytes(length)).toHaveLength(length);
      }),
    );
    expect(new Set(createRandom(3).bytes(5000)).size).toBe(256);
  });

  it('is never true with probability 0, always with 1, and about as often as asked between', () => {
    const random = createRandom(7);
    const count = (probability: number): number =>
      Array.from({ length: 2000 }, () => random.chance(probability)).filter(Boolean).length;
    expect(count(0)).toBe(0);
    expect(count(1)).toBe(2000);
    expect(Math.abs(count(0.3) - 600)).toBeLessThan(100);
  });

  it('shuffles a copy that has the same elements, and picks one that is there', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer(), { minLength: 1 }), (seed, list) => {
        const before = [...list];
        const random = createRandom(seed);
        expect(random.shuffle(list).sort()).toEqual([...list].sort());
        expect(list).toEqual(before);
        expect(list).toContain(random.pick(list));
      }),
    );
  });

  it('reaches every order of three', () => {
    const random = createRandom(5);
    expect(new Set(Array.from({ length: 200 }, () => random.shuffle(['a', 'b', 'c']).join(''))).size).toBe(6);
  });

  it('forks by seed and label alone, whatever was drawn before', () => {
    fc.assert(
      fc.property(seeds, fc.string({ minLength: 1 }), fc.nat(20), (seed, label, drawn) => {
        const fresh = createRandom(seed);
        const used = createRandom(seed);
        draws(used, drawn);
        expect(draws(used.fork(label))).toEqual(draws(fresh.fork(label)));
        const parent = draws(fresh);
        const again = createRandom(seed);
        draws(again.fork(label));
        expect(draws(again)).toEqual(parent);
      }),
    );
  });

  it('makes forks differ by label, by depth and by their parent', () => {
    const root = createRandom(9);
    const labels = Array.from({ length: 2000 }, (_, index) => `link ${index}`);
    expect(new Set(labels.map((label) => root.fork(label).seed)).size).toBe(2000);
    const others = [root.fork('ab'), root.fork('ba'), root.fork('a').fork('b'), createRandom(10).fork('ab'), root];
    expect(new Set(others.map(({ seed }) => seed)).size).toBe(others.length);
    expect(root.fork('ŁA').seed).not.toBe(root.fork('AA').seed);
  });

  it.each([-1, 2 ** 32, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the seed %d', (seed) => {
    expect(() => createRandom(seed)).toThrow(
      `createRandom: seed must be an integer from 0 to 4294967295; received ${seed}`,
    );
  });

  it('refuses what cannot be drawn from, and draws nothing then', () => {
    const random = createRandom(11);
    const empty: string[] = [];
    expect(() => random.int(2, 1)).toThrow('random.int: min must not be above max; received 2 and 1');
    expect(() => random.int(0.5, Number.NaN)).toThrow(
      'random.int: 2 mistakes:\n  - min must be a safe integer; received 0.5\n  - max must be a safe integer; received NaN',
    );
    expect(() => random.chance(1.1)).toThrow('random.chance: probability must be from 0 to 1; received 1.1');
    expect(() => random.chance(Number.NaN)).toThrow('random.chance: probability must be from 0 to 1; received NaN');
    expect(() => random.pick(empty)).toThrow('random.pick: list must not be empty; received []');
    expect(() => random.bytes(-1)).toThrow('random.bytes: length must be an integer, 0 or more; received -1');
    expect(() => random.fork('')).toThrow('random.fork: label must be a string that is not empty; received ""');
    expect(draws(random)).toEqual(draws(createRandom(11)));
  });
});

describe('randomSeed', () => {
  it('gives seeds that createRandom takes, and not always the same', () => {
    const fresh = Array.from({ length: 8 }, randomSeed);
    expect(fresh.map((seed) => createRandom(seed).seed)).toEqual(fresh);
    expect(new Set(fresh).size).toBeGreaterThan(1);
  });
});
