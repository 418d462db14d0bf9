import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { readRuns } from '../../scripts/fidelity-page.js';
import { judgeRule, modelledRules } from '../../src/contract/fidelity-run.js';

/** What README.md says of the runs in docs/fidelity. */
function describeProof(): string {
  const runs = readRuns().toSorted((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
  const rules = modelledRules();
  const proven = rules.filter((rule) => runs.some((run) => judgeRule(run, rule).verdict === 'proven'));
  const [first, last] = [runs.at(0), runs.at(-1)];
  return `Of ${rules.length} rules, ${proven.length} are proven on one or more of ${runs.length} kernels, ${first?.release} to ${last?.release}, and none differs.`;
}

test('README.md tells how much is proven, as the recorded runs have it', () => {
  const text = readFileSync(`${root}README.md`, 'utf8').replaceAll(/[\s*]+/g, ' ');
  const proof = describeProof();
  expect(text.includes(proof), `README.md has to say: ${proof}`).toBe(true);
});
