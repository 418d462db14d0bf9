import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/core/virtual-clock.js';
import { Measures } from '../../../src/scenarios/measures/measures.js';
import { amount, percentile, ratio, span } from '../../../src/scenarios/verdicts/figure.js';
import { exitCodeOf, findWorst } from '../../../src/scenarios/verdicts/judge.js';
import { atLeast, atMost, check, within } from '../../../src/scenarios/verdicts/thresholds.js';

describe('a threshold', () => {
  it('holds a share against a limit, and tells the counts', async () => {
    const read = () => ratio(2919, 3000);
    expect(await atLeast('tasks that succeed', read, 0.95).judge()).toEqual({
      ok: true,
      expected: 'at least 95 %',
      actual: '97.3 % (2,919 of 3,000)',
    });
    expect(await atLeast('tasks that succeed', read, 0.9731).judge()).toMatchObject({ ok: false });
    expect(await atMost('tasks that fail', read, 0.001).judge()).toEqual({
      ok: false,
      expected: 'at most 0.1 %',
      actual: '97.3 % (2,919 of 3,000)',
    });
  });

  it('does not pass 100 % for what is almost all', async () => {
    expect(await atLeast('all', () => ratio(999_999, 1_000_000), 1).judge()).toEqual({
      ok: false,
      expected: 'at least 100 %',
      actual: '99.9999 % (999,999 of 1,000,000)',
    });
  });

  it('includes its limits', async () => {
    expect(await atLeast('a', () => 5, 5).judge()).toEqual({ ok: true, expected: 'at least 5', actual: '5' });
    expect(await atMost('a', () => 5, 5).judge()).toEqual({ ok: true, expected: 'at most 5', actual: '5' });
    expect(await within('a', () => 5, 5, 6).judge()).toEqual({ ok: true, expected: 'from 5 to 6', actual: '5' });
    expect(await within('a', () => 6.001, 5, 6).judge()).toMatchObject({ ok: false, actual: '6.001' });
  });

  it('fails where there is no figure: of nothing there is no share', async () => {
    expect(await atLeast('a', () => ratio(0, 0), 0).judge()).toEqual({
      ok: false,
      expected: 'at least 0 %',
      actual: 'nothing to take a share of (0 of 0)',
    });
    expect(await atMost('a', () => undefined, 5).judge()).toMatchObject({ ok: false, actual: 'no figure' });
    expect(await atMost('a', () => Number.NaN, 5).judge()).toMatchObject({ ok: false, actual: 'NaN' });
  });

  it('tells units and times', async () => {
    expect(await atMost('memory', () => amount(51.25, 'MB'), 50).judge()).toEqual({
      ok: false,
      expected: 'at most 50 MB',
      actual: '51.25 MB',
    });
    expect(await atMost('failover', async () => span(1250), 3000).judge()).toEqual({
      ok: true,
      expected: 'at most 3 s',
      actual: '1.25 s',
    });
  });

  it('tells a percentile with where it lies', async () => {
    const measures = new Measures({ clock: new VirtualClock() });
    const latency = measures.histogram('latency', { unit: 'ms' });
    for (let value = 1; value <= 1000; value += 1) latency.record(value);
    const [result] = measures.results();
    if (result === undefined) throw new Error('there is no measure');
    expect(await atMost('p99', () => percentile(result, 99), 995).judge()).toEqual({
      ok: true,
      expected: 'at most 995 ms',
      actual: expect.stringMatching(/^990\.\d+ ms \(1,000 samples, with 95 % confidence 98\d\.\d+ to 99\d\.\d+ ms\)$/),
    });
    expect(() => percentile(result, 42)).toThrow('percentile: there are 50, 75, 90, 95, 99, 99.9, 99.99; received 42');
    measures.counter('done');
    const counter = measures.results().find(({ name }) => name === 'done');
    expect(() => percentile(counter ?? result, 50)).toThrow('percentile: "done" must be a histogram; it is a counter');
  });

  it('has no percentile without samples', async () => {
    const measures = new Measures({ clock: new VirtualClock() });
    measures.histogram('latency', { unit: 'ms' });
    const [result] = measures.results();
    if (result === undefined) throw new Error('there is no measure');
    expect(await atMost('p99', () => percentile(result, 99), 5).judge()).toMatchObject({
      ok: false,
      actual: 'no samples',
    });
  });

  it('refuses what cannot be, all at once', () => {
    expect(() => atLeast('a', 5 as never, Number.NaN)).toThrow(
      'atLeast: 2 mistakes:\n  - read must be a function; received 5\n  - limit must be a number; received NaN',
    );
    expect(() => atMost('', () => 1, 5)).toThrow('atMost: name must be a string that is not empty; received ""');
    expect(() => within('a', () => 1, 6, 5)).toThrow('within: low must not be above high; received 6 and 5');
    expect(() => check('a', 'yes' as never)).toThrow(
      'check: result must be what a checker returned, or a function; received "yes"',
    );
  });
});

describe('expectedToFail', () => {
  it('gives the same verdict with the reason, and leaves the first as it was', () => {
    const verdict = atLeast('a', () => 1, 5);
    const expected = verdict.expectedToFail({ reason: 'not yet built', link: 'https://x.test/7' });
    expect(expected).toMatchObject({ name: 'a', knownFailure: { reason: 'not yet built', link: 'https://x.test/7' } });
    expect(verdict.knownFailure).toBeUndefined();
  });

  it('wants a reason', () => {
    const verdict = atLeast('a', () => 1, 5);
    expect(() => verdict.expectedToFail({ reason: '' })).toThrow(
      'expectedToFail: reason must say why a failure is expected; received ""',
    );
    expect(() => verdict.expectedToFail(undefined as never)).toThrow(
      'expectedToFail: it takes { reason, link }; received undefined',
    );
  });
});

describe('the worst verdict', () => {
  it('is that of the scenario, and decides the exit code', () => {
    expect(findWorst([])).toBe('passed');
    expect(findWorst(['passed', 'expected-failure', 'passed'])).toBe('expected-failure');
    expect(findWorst(['unexpectedly-passed', 'expected-failure'])).toBe('unexpectedly-passed');
    expect(findWorst(['failed', 'unexpectedly-passed'])).toBe('failed');
    const codes = (['passed', 'expected-failure', 'unexpectedly-passed', 'failed'] as const).map((verdict) =>
      exitCodeOf([{ verdict: 'passed' }, { verdict }]),
    );
    expect(codes).toEqual([0, 0, 1, 1]);
    expect(exitCodeOf([])).toBe(0);
  });
});
