import { describe, expect, test } from 'vitest';
import { fakeDriver } from '../../src/contract/drivers/fake-driver.js';
import { linuxDriver } from '../../src/contract/drivers/linux-driver.js';
import { type FuzzReport, fuzzContract } from '../../src/contract/fuzz/fuzz-contract.js';
import { runContract } from '../../src/contract/run-contract.js';
import { needsBpf } from '../kernel/linux/needs-bpf.js';
import { WRONG_RULES, type WrongRule, wrongDriver } from './wrong-rules.js';

/** What the fuzzer runs in CI, and how long that takes here at most. */
const BUDGET = 20_000;
const LONGEST_MS = 60_000;
const OPTIONS = { commands: BUDGET, seed: 1, shrink: false };

test('a fake of which nothing is wrong is not told of', async () => {
  const results = await runContract(wrongDriver({ title: 'nothing is wrong', change: () => ({}) }));
  expect(results.filter(({ verdict }) => verdict === 'differs').map(({ case: { id } }) => id)).toEqual([]);
});

describe.each(WRONG_RULES.map((rule) => [rule.title, rule] as const))('when %s', (_title, rule) => {
  test('a case of the contract tells', async () => {
    const results = await runContract(wrongDriver(rule));
    const differing = results.filter(({ verdict }) => verdict === 'differs').map(({ case: { id } }) => id);
    expect(differing).not.toEqual([]);
  });

  test('the fuzzer tells within what it runs in CI', { timeout: LONGEST_MS }, async () => {
    const { difference } = await search(rule);
    expect(difference?.foundAfter).toBeLessThanOrEqual(BUDGET);
  });
});

describe('against the running Linux', () => {
  needsBpf();

  test.each(WRONG_RULES.map((rule) => [rule.title, rule] as const))(
    'the fuzzer tells when %s',
    { timeout: LONGEST_MS },
    async (_title, rule) => {
      const wrong = wrongDriver(rule);
      const { difference } = await search(rule);
      const replayed = await fuzzContract(wrong, await linuxDriver(), { ...OPTIONS, path: difference?.path ?? '' });
      expect(replayed.difference?.message).toContain(`${wrong.name} and Linux`);
    },
  );
});

const searches = new Map<WrongRule, Promise<FuzzReport>>();

/** Against the right fake, which agrees with Linux in the same commands, so that a search takes no time. */
function search(rule: WrongRule): Promise<FuzzReport> {
  const known = searches.get(rule) ?? fuzzContract(wrongDriver(rule), fakeDriver('6.18'), OPTIONS);
  searches.set(rule, known);
  return known;
}
