import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random.js';
import { backoffJitter, noThunderingHerd } from '../../../src/scenarios/checkers/backoff.js';
import { fairDistribution } from '../../../src/scenarios/checkers/fairness.js';
import { priorityRespected, type QueuedWork } from '../../../src/scenarios/checkers/priority.js';

describe('fair distribution', () => {
  test('each within some percent of the mean', () => {
    const counts = { 'c-1': 1900, 'c-2': 2050, 'c-3': 2050 };
    expect(fairDistribution(counts, { withinPercent: 5 })).toEqual({
      ok: true,
      expected: 'each of 3 is within 5 % of the mean',
      actual: '5 % off at most, of 6,000 in all',
    });
    expect(fairDistribution({ ...counts, 'c-1': 1000, 'c-2': 2950 }, { withinPercent: 5 })).toMatchObject({
      ok: false,
      actual: '50 % off at most, of 6,000 in all',
      details: ['c-1: 1,000 in place of 2,000, 50 % too few', 'c-2: 2,950 in place of 2,000, 47.5 % too many'],
    });
  });

  test('one that got nothing is found, and so is it when nobody got anything', () => {
    expect(fairDistribution({ a: 10, b: 10, c: 0 }, { withinPercent: 50 }).details).toContain(
      'c: 0 in place of 6.67, 100 % too few',
    );
    expect(fairDistribution({ a: 0, b: 0 }, { withinPercent: 10 })).toMatchObject({
      ok: false,
      actual: 'nothing was done',
    });
  });

  test('with weights, each within some percent of its share', () => {
    const weights = { large: 3, small: 1, off: 0 };
    expect(fairDistribution({ large: 300, small: 100, off: 0 }, { withinPercent: 1, weights })).toMatchObject({
      ok: true,
      expected: 'each of 3 is within 1 % of its share',
    });
    expect(fairDistribution({ large: 200, small: 199, off: 1 }, { withinPercent: 10, weights }).details).toEqual([
      'off: 1 in place of 0, Infinity % too many',
      'small: 199 in place of 100, 99 % too many',
      'large: 200 in place of 300, 33.3 % too few',
    ]);
  });

  test('counts and weights that are none are refused', () => {
    expect(() => fairDistribution({ a: -1, b: 2 }, { withinPercent: Number.NaN, weights: { a: 0 } })).toThrow(
      [
        'fairDistribution: 4 mistakes:',
        '  - withinPercent must be a number, 0 or more; received NaN',
        '  - counts["a"] must be a number, 0 or more; received -1',
        '  - weights has nothing for "b"',
        '  - weights must not all be 0',
      ].join('\n'),
    );
    expect(() => fairDistribution({ a: 1 }, { withinPercent: 1, weights: { a: -1 } })).toThrow(
      'fairDistribution: weights["a"] must be a number, 0 or more; received -1',
    );
    expect(() => fairDistribution({}, { withinPercent: 1 })).toThrow(
      'counts must be an object with a count for each; received {}',
    );
  });
});

describe('priority', () => {
  /** One worker that takes the most urgent, or with `isDeaf` the first that came. */
  function work(seed: number, isDeaf: boolean): QueuedWork[] {
    const random = createRandom(seed);
    const all = Array.from({ length: 200 }, (_, id) => ({
      id,
      priority: random.int(1, 3),
      queuedMs: random.int(0, 1000),
    }));
    const left = new Set(all.toSorted((one, other) => one.queuedMs - other.queuedMs));
    const done: QueuedWork[] = [];
    let nowMs = 0;
    while (left.size > 0) {
      const waiting = [...left].filter(({ queuedMs }) => queuedMs <= nowMs);
      const [next] = isDeaf ? waiting : waiting.toSorted((one, other) => other.priority - one.priority);
      if (next === undefined) nowMs = Math.min(...[...left].map(({ queuedMs }) => queuedMs));
      else {
        left.delete(next);
        done.push({ ...next, startedMs: nowMs });
        nowMs += random.int(1, 10);
      }
    }
    return done;
  }

  test('a queue that takes the most urgent first passes, and one that does not look is caught', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(priorityRespected(work(seed >>> 0, false))).toMatchObject({ ok: true });
        expect(priorityRespected(work(seed >>> 0, true)).ok).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test('what was passed over is named, also when it never had its turn', () => {
    const history: QueuedWork[] = [
      { id: 'urgent', priority: 9, queuedMs: 0 },
      { id: 'late', priority: 9, queuedMs: 50, startedMs: 60 },
      { id: 'other', priority: 5, queuedMs: 1, startedMs: 70 },
      { id: 'idle', priority: 1, queuedMs: 2, startedMs: 10 },
    ];
    expect(priorityRespected(history)).toEqual({
      ok: false,
      expected: 'nothing is begun while something more urgent waits',
      actual: '2 of 3 starts passed over something more urgent',
      details: [
        'idle (priority 1) was begun at 10 ms, while urgent (priority 9) had waited since 0 ms and 1 more',
        'other (priority 5) was begun at 70 ms, while urgent (priority 9) had waited since 0 ms',
      ],
    });
    expect(priorityRespected(history, { urgent: 'smallest' }).details).toEqual([
      'late (priority 9) was begun at 60 ms, while other (priority 5) had waited since 1 ms',
    ]);
  });

  test('what came only just now is not waited for', () => {
    const history: QueuedWork[] = [
      { id: 'urgent', priority: 9, queuedMs: 8, startedMs: 20 },
      { id: 'idle', priority: 1, queuedMs: 0, startedMs: 10 },
    ];
    expect(priorityRespected(history).ok).toBe(false);
    expect(priorityRespected(history, { toleranceMs: 2 }).ok).toBe(true);
    expect(priorityRespected(history, { toleranceMs: 1.9 }).ok).toBe(false);
    // At the same moment nobody knows which was first.
    expect(
      priorityRespected([
        { id: 'urgent', priority: 9, queuedMs: 10, startedMs: 20 },
        { id: 'idle', priority: 1, queuedMs: 0, startedMs: 10 },
      ]).ok,
    ).toBe(true);
    expect(
      priorityRespected([
        { id: 'idle', priority: 1, queuedMs: 0, startedMs: 10 },
        { id: 'urgent', priority: 9, queuedMs: 0, startedMs: 10 },
      ]).ok,
    ).toBe(true);
  });

  test('it says what comparing all with all says', () => {
    const works = fc.array(
      fc.record({
        priority: fc.integer({ min: 0, max: 2 }),
        queuedMs: fc.nat({ max: 20 }),
        waitedMs: fc.option(fc.nat({ max: 10 }), { nil: undefined }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(works, fc.nat({ max: 3 }), (records, toleranceMs) => {
        const history = records.map(
          ({ priority, queuedMs, waitedMs }, id): QueuedWork =>
            waitedMs === undefined
              ? { id, priority, queuedMs }
              : { id, priority, queuedMs, startedMs: queuedMs + waitedMs },
        );
        const isPassed = history.some(
          ({ startedMs, priority }) =>
            startedMs !== undefined &&
            history.some(
              (other) =>
                other.priority > priority &&
                other.queuedMs + toleranceMs < startedMs &&
                (other.startedMs ?? Number.POSITIVE_INFINITY) > startedMs,
            ),
        );
        fc.pre(history.some(({ startedMs }) => startedMs !== undefined));
        expect(priorityRespected(history, { toleranceMs }).ok).toBe(!isPassed);
      }),
      { numRuns: 1000 },
    );
  });

  test('a history that is none is refused', () => {
    expect(() => priorityRespected([{ id: 1 }] as never, { urgent: 'most', toleranceMs: -1 } as never)).toThrow(
      [
        'priorityRespected: 3 mistakes:',
        '  - urgent must be "largest" or "smallest"; received "most"',
        '  - toleranceMs must be a finite number of milliseconds, 0 or more; received -1',
        '  - history must hold { id, priority, queuedMs, startedMs? }; received {"id":1}',
      ].join('\n'),
    );
  });
});

describe('backoff', () => {
  /** The delays of clients that double them, each with its part of chance; the machine adds a few milliseconds. */
  function back(clients: number, jitter: number, seed = 1): number[][] {
    const random = createRandom(seed);
    return Array.from({ length: clients }, () =>
      [100, 200, 400, 800].map((delay) => delay * (1 - jitter * random.float()) + 3 * random.float()),
    );
  }

  test('jitter is seen, and its absence, in spite of what the machine adds', () => {
    expect(backoffJitter(back(20, 0.5))).toMatchObject({ ok: true });
    expect(backoffJitter(back(20, 0.25)).ok).toBe(true);
    const check = backoffJitter(back(20, 0));
    expect(check).toMatchObject({
      ok: false,
      expected: 'the delays of different clients before the same attempt are 5 % apart or more',
      actual: expect.stringMatching(/^0\.\d+ % apart at the least, over 4 attempts of 20 clients$/),
    });
    expect(check.details?.[0]).toMatch(/^attempt 1: 20 clients waited 10\d[.\d]* ms on average, [01]\.?\d* % apart$/);
    expect(check.details).toHaveLength(4);
  });

  test('jitter that only the first attempt has is not enough', () => {
    const clients = back(20, 0.5).map(([first = 0]) => [first, 200, 400]);
    expect(backoffJitter(clients).details).toEqual([
      'attempt 2: 20 clients waited 200 ms on average, 0 % apart',
      'attempt 3: 20 clients waited 400 ms on average, 0 % apart',
    ]);
  });

  test('too few clients say nothing', () => {
    expect(backoffJitter({ 'w-1': [100], 'w-2': [170] })).toMatchObject({
      ok: false,
      actual: '2 clients: no attempt was made by 5 or more, which say nothing',
    });
    expect(backoffJitter({ 'w-1': [100], 'w-2': [170] }, { leastClients: 2 }).ok).toBe(true);
  });

  test('a herd is seen whenever it comes', () => {
    const spread = Array.from({ length: 100 }, (_, index) => 5000 + 20 * index);
    expect(noThunderingHerd(spread)).toEqual({
      ok: true,
      expected: 'no more than 50 % come within 100 ms',
      actual: '5 of 100 (5 %) came within 100 ms from 5000 ms on',
    });
    const herd = spread.map((time, index) => (index < 60 ? 7000 + index : time));
    expect(noThunderingHerd(herd)).toMatchObject({
      ok: false,
      actual: '62 of 100 (62 %) came within 100 ms from 6960 ms on',
    });
    expect(noThunderingHerd(herd, { windowMs: 10 }).ok).toBe(true);
    expect(noThunderingHerd(herd, { mostPercent: 62 }).ok).toBe(true);
    expect(noThunderingHerd([5]).ok).toBe(false);
  });

  test('the fullest moment is found wherever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 300 }), { minLength: 2 }),
        fc.integer({ min: 1, max: 50 }),
        (timesMs, windowMs) => {
          const most = Math.max(
            ...timesMs.map((from) => timesMs.filter((time) => time >= from && time < from + windowMs).length),
          );
          expect(noThunderingHerd(timesMs, { windowMs }).actual).toMatch(new RegExp(`^${most} of `));
        },
      ),
    );
  });

  test('what are no times is refused', () => {
    expect(() => backoffJitter([[1, Number.NaN]], { leastClients: 0 })).toThrow(
      [
        'backoffJitter: 2 mistakes:',
        '  - leastClients must be a finite number above 0; received 0',
        '  - each time must be a finite number of milliseconds; received NaN',
      ].join('\n'),
    );
    expect(() => noThunderingHerd('x' as never)).toThrow('noThunderingHerd: the times must be a list; received "x"');
  });
});
