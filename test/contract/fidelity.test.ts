import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { page, readRuns, renderPage, runFakes } from '../../scripts/fidelity-page.js';
import { countRules, findStaleCases } from '../../src/contract/fidelity-run.js';

const runs = readRuns();

describe.each(runs.map((run) => [run.version, run] as const))('the recorded run on Linux %s', (version, run) => {
  test('is of the cases that there are', () => {
    const stale = findStaleCases(run);
    const advice =
      `docs/fidelity/${version}.json is of another contract. On that kernel (${run.about}), as root: npm run fidelity -- ` +
      `--record ${stale.untried.join(' ')}; or --print instead, and here npm run fidelity -- --add <what it printed>`;
    expect(stale, advice).toEqual({ gone: [], untried: [] });
  });

  test('has no case that differs', () => {
    expect(Object.entries(run.cases).filter(([, { verdict }]) => verdict === 'differs')).toEqual([]);
  });
});

test('at least three of four rules are proven on every kernel', () => {
  const shares = runs.map((run) => [run.version, countRules(run)] as const);
  expect(shares.filter(([, { proven, rules }]) => proven < rules * 0.75)).toEqual([]);
});

test('the page is what the fakes do now, and what the kernels did', async () => {
  const text = readFileSync(page, 'utf8');
  const fakes = await runFakes();
  expect(text, 'docs/fidelity.md is of another day: npm run fidelity').toBe(renderPage(text, [...fakes, ...runs]));
});

test('a page without the mark is refused: what a person wrote is not overwritten', () => {
  expect(() => renderPage('# Fidelity\n', [])).toThrow('has lost the line <!-- What follows is generated');
});
