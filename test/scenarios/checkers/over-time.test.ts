import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failover } from '../../../src/scenarios/checkers/failover.js';
import { nothingLeaked } from '../../../src/scenarios/checkers/leaks.js';
import { monotonic } from '../../../src/scenarios/checkers/monotonic.js';
import { recovery } from '../../../src/scenarios/checkers/recovery.js';

describe('failover', () => {
  const base = { failed: 'c-2', failedMs: 1000, withinMs: 300 };

  test('another that does the work in time', () => {
    const done = [
      { atMs: 900, by: 'c-1' },
      { atMs: 1400, by: 'c-3' },
      { atMs: 1250, by: 'c-1' },
      { atMs: 1100, by: 'c-2' },
    ];
    expect(failover({ ...base, done })).toEqual({
      ok: true,
      expected: 'another does the work of c-2 within 300 ms',
      actual: 'c-1 did after 250 ms',
    });
    expect(failover({ ...base, done, withinMs: 249 })).toMatchObject({ ok: false, actual: 'c-1 did after 250 ms' });
  });

  test('one that never happens is found, also when others worked before and the failed one goes on', () => {
    expect(failover({ ...base, done: [{ atMs: 999, by: 'c-1' }] })).toMatchObject({
      ok: false,
      actual: 'no other did: nothing was done any more',
    });
    expect(failover({ ...base, done: [{ atMs: 1100, by: 'c-2' }] })).toMatchObject({
      ok: false,
      actual: 'no other did: only c-2 itself did anything, 1 time',
    });
  });

  test('a history that is none is refused', () => {
    expect(() => failover({ failed: '', failedMs: Number.NaN, withinMs: -1, done: [{ atMs: 1 }] } as never)).toThrow(
      [
        'failover: 4 mistakes:',
        '  - withinMs must be a finite number of milliseconds, 0 or more; received -1',
        '  - failedMs must be a finite number; received NaN',
        '  - failed must be a name; received ""',
        '  - done must hold { atMs, by }; received {"atMs":1}',
      ].join('\n'),
    );
  });
});

describe('recovery', () => {
  const every = (stepMs: number, fromMs: number, untilMs: number): number[] =>
    Array.from({ length: Math.ceil((untilMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs);
  const base = { brokenMs: 2000, healedMs: 3000, percent: 90, withinMs: 1000 };

  test('a rate that comes back in time', () => {
    const done = [...every(10, 0, 2000), ...every(10, 3400, 6000)];
    expect(recovery({ ...base, done })).toEqual({
      ok: true,
      expected: 'within 1 s the rate is back to 90 % of what it was',
      actual: '90 % of 100 a second after 385 ms',
    });
    expect(recovery({ ...base, done, withinMs: 200 })).toMatchObject({
      ok: false,
      actual: '0 % of 100 a second at most',
    });
  });

  test('one that comes back only in part, or for a moment', () => {
    const half = [...every(10, 0, 2000), ...every(20, 3000, 6000)];
    expect(recovery({ ...base, done: half })).toMatchObject({ ok: false, actual: '50 % of 100 a second at most' });
    expect(recovery({ ...base, done: half, percent: 50 }).ok).toBe(true);
    const moment = [...every(10, 0, 2000), ...every(10, 3100, 3200), 6000];
    expect(recovery({ ...base, done: moment }).ok).toBe(true);
    expect(recovery({ ...base, done: moment, windowMs: 500 }).ok).toBe(false);
  });

  test('the series of a counter will do, and its points are joined', () => {
    const done = { atMs: [0, 1000, 2000, 3000, 3500, 6000], values: [0, 100, 200, 200, 200, 450] };
    expect(recovery({ ...base, done })).toMatchObject({ ok: true, actual: '90 % of 100 a second after 490 ms' });
    expect(recovery({ ...base, done: { ...done, values: [0, 100, 200, 200, 200, 300] } })).toMatchObject({ ok: false });
  });

  test('what was not observed long enough is no recovery', () => {
    const done = [...every(10, 0, 2000), ...every(10, 3000, 3050)];
    expect(recovery({ ...base, done })).toMatchObject({
      ok: false,
      actual: '0 % of 100 a second at most; it was observed until 40 ms after it was healed only',
    });
    expect(recovery({ ...base, done: [3500] })).toMatchObject({
      ok: false,
      actual: 'nothing was done before the damage: there is no rate to come back to',
    });
    // Nothing came any more, and somebody looked all the time.
    expect(recovery({ ...base, done: every(10, 0, 2000), untilMs: 9000 }).actual).toBe('0 % of 100 a second at most');
  });

  test('a history that is none is refused', () => {
    expect(() => recovery({ done: [3, 2], brokenMs: 5, healedMs: 4, percent: 0, withinMs: Number.NaN })).toThrow(
      [
        'recovery: 4 mistakes:',
        '  - withinMs must be a finite number; received NaN',
        '  - percent must be above 0; received 0',
        '  - healedMs must not be before brokenMs; received 4 and 5',
        '  - done must hold finite times in order; received 2 at 1',
      ].join('\n'),
    );
  });
});

describe('a counter that only grows', () => {
  test('a step back is found, and where it was', () => {
    expect(monotonic([1, 2, 2, 5], { what: 'the total' })).toEqual({
      ok: true,
      expected: 'the total only grows',
      actual: '4 values, none back',
    });
    expect(monotonic({ atMs: [0, 10, 20], values: [1, 5, 4] })).toMatchObject({
      ok: false,
      actual: '1 of 3 values back',
      details: ['at 20 ms: 4 after 5'],
    });
    expect(monotonic([1, 1, 2], { strictly: true }).details).toEqual(['at 1: 1 after 1']);
    expect(monotonic([5, 0]).ok).toBe(false);
    expect(monotonic([5, 0, 3, 2], { mayRestart: true }).details).toEqual(['at 3: 2 after 3']);
  });

  test('any two neighbours that changed places are found', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 2 }), fc.nat(), (values, at) => {
        const sorted = values.toSorted((one, other) => one - other);
        expect(monotonic(sorted, { strictly: true }).ok).toBe(true);
        const place = at % (sorted.length - 1);
        const [one = 0, other = 0] = sorted.slice(place, place + 2);
        expect(monotonic(sorted.with(place, other).with(place + 1, one)).ok).toBe(false);
      }),
    );
  });

  test('what are no numbers is refused', () => {
    expect(() => monotonic([1, Number.NaN])).toThrow('monotonic: values must be numbers; received NaN at 1');
    expect(() => monotonic(3 as never)).toThrow('monotonic: values must be a list or a series; received 3');
  });
});

describe('nothing leaked', () => {
  test('of lists, what is new is named; also one more of the same', () => {
    expect(nothingLeaked(['a', 'b'], ['b'], { what: 'file' })).toEqual({
      ok: true,
      expected: 'no file is left that was not there before',
      actual: 'none is',
    });
    expect(nothingLeaked(['a', 'b'], ['b', 'b', 'c', 'c'], { what: 'file' })).toMatchObject({
      ok: false,
      actual: '2 files left',
      details: ['left: b, c (2 times)'],
    });
  });

  test('of counts, what has grown is named; but for what is allowed', () => {
    const before = { fds: 10, threads: 4 };
    const after = { fds: 13, threads: 4, sockets: 1 };
    expect(nothingLeaked(before, after, { allowed: { fds: 2, sockets: 1 } })).toMatchObject({
      ok: false,
      actual: 'more of 1 kind',
      details: ['fds: 10 before, 13 after, of which 2 more are allowed'],
    });
    expect(nothingLeaked(before, after, { allowed: { fds: 3, sockets: 1 } }).ok).toBe(true);
    expect(nothingLeaked({}, { sockets: 1 }).details).toEqual(['sockets: 0 before, 1 after']);
    expect(nothingLeaked({ sockets: 1 }, {}).ok).toBe(true);
  });

  test('what cannot be compared is refused', () => {
    expect(() => nothingLeaked([1], { a: 1 } as never)).toThrow(
      'nothingLeaked: before and after must be two lists, or two objects with counts; received [1] and {"a":1}',
    );
  });
});
