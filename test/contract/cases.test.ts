import { expect, test } from 'vitest';
import { CONTRACT_CASES } from '../../src/contract/cases/index.js';
import { RULES, type Rule } from '../../src/contract/rules.js';

const RULE_TABLE: Readonly<Record<string, Rule>> = RULES;

test('every case has an id of its own, as area.words-with-dashes', () => {
  const ids = CONTRACT_CASES.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
});

test('no two cases say the same sentence, and none ends one', () => {
  const titles = CONTRACT_CASES.map(({ title }) => title);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  expect(titles.filter((title) => /\.$/.test(title))).toEqual([]);
});

test('every rule that is modelled is tried by a case', () => {
  const tried = new Set<string>(CONTRACT_CASES.flatMap(({ rules }) => rules));
  const untried = Object.entries(RULE_TABLE).filter(
    ([id, { notModelled }]) => notModelled === undefined && !tried.has(id),
  );
  expect(untried.map(([id]) => id)).toEqual([]);
});

test('every rule is named after its area', () => {
  expect(Object.entries(RULE_TABLE).filter(([id, { area }]) => !id.startsWith(`${area}.`))).toEqual([]);
});

test('every case tries a rule of its area', () => {
  const strays = CONTRACT_CASES.filter(({ id, rules }) => {
    const area = id.slice(0, id.indexOf('.') + 1);
    return !rules.some((rule) => rule.startsWith(area));
  });
  expect(strays.map(({ id }) => id)).toEqual([]);
});

test('every case and rule tells where in the source of the kernel it is', () => {
  const sources = [...CONTRACT_CASES, ...Object.values(RULE_TABLE)].map(({ source }) => source);
  const place = /(^the contract: )|([a-z0-9_./-]+\.[ch]\b)/;
  expect(sources.filter((source) => !place.test(source))).toEqual([]);
});

test('a case is true of some release: since is before until', () => {
  const empty = CONTRACT_CASES.filter(
    ({ since, until }) => since !== undefined && until !== undefined && toNumber(since) >= toNumber(until),
  );
  expect(empty.map(({ id }) => id)).toEqual([]);
});

function toNumber(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  return major * 1000 + minor;
}
