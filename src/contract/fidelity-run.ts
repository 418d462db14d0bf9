import { CONTRACT_CASES } from './cases/index.js';
import { findReleaseProblem } from './release.js';
import { RULES, type Rule, type RuleId } from './rules.js';
import type { CaseResult, CaseVerdict } from './run-contract.js';
import type { ContractDriver } from './world.js';

/** What a run of the contract found, as plain data that can be kept in a file. */
export interface FidelityRun {
  /** The kernel in full, `6.1.192`; for a model its profile. */
  readonly version: string;
  /** Major and minor. */
  readonly release: string;
  readonly kind: 'model' | 'kernel';
  /** What kind of kernel it was and where it ran, for a reader; a model has none. */
  readonly about?: string;
  /** The verdict of each case, by its id, and why where it does not hold. */
  readonly cases: Readonly<Record<string, FidelityCase>>;
}

/** What became of one case. */
export interface FidelityCase {
  readonly verdict: CaseVerdict;
  /** What was lacking, or how it differs. */
  readonly reason?: string;
}

/** The results of a run, for a file or a matrix. */
export function toFidelityRun(
  driver: Pick<ContractDriver, 'release' | 'version' | 'kind'>,
  results: readonly CaseResult[],
  about?: string,
): FidelityRun {
  const { release, version = release, kind } = driver;
  const cases = results.map(({ case: { id }, verdict, reason }): [string, FidelityCase] => [
    id,
    reason === undefined || verdict === 'other-releases' ? { verdict } : { verdict, reason },
  ]);
  return { version, release, kind, ...(about === undefined ? {} : { about }), cases: Object.fromEntries(cases) };
}

/**
 * What the cases of a rule came to in a run: all that speak of its release hold (`proven`), some do and the rest lack
 * something (`partly`), all lack something, one differs, none speaks of that release.
 */
export type RuleVerdict = 'proven' | 'partly' | 'lacking' | 'differs' | 'other-releases';

/** What became of a rule in a run, with what was lacking or how it differs. */
export function judgeRule(
  run: FidelityRun,
  rule: RuleId,
): { readonly verdict: RuleVerdict; readonly reasons: readonly string[] } {
  const results = CONTRACT_CASES.filter((each) => each.rules.includes(rule)).flatMap(({ id }) => run.cases[id] ?? []);
  const reasonsOf = (verdict: CaseVerdict): readonly string[] => [
    ...new Set(results.filter((result) => result.verdict === verdict).flatMap(({ reason }) => reason ?? [])),
  ];
  const has = (verdict: CaseVerdict): boolean => results.some((result) => result.verdict === verdict);
  if (has('differs')) return { verdict: 'differs', reasons: reasonsOf('differs') };
  if (has('lacking')) return { verdict: has('holds') ? 'partly' : 'lacking', reasons: reasonsOf('lacking') };
  return { verdict: has('holds') ? 'proven' : 'other-releases', reasons: [] };
}

/** How much of the rules a run has proven. */
export interface FidelityTotals {
  readonly rules: number;
  readonly proven: number;
  readonly partly: number;
  readonly lacking: number;
  readonly differs: number;
}

/** Counts the rules that speak of the run's release and are modelled. */
export function countRules(run: FidelityRun): FidelityTotals {
  const verdicts = modelledRules().map((id) => judgeRule(run, id).verdict);
  const count = (verdict: RuleVerdict): number => verdicts.filter((each) => each === verdict).length;
  return {
    rules: verdicts.length - count('other-releases'),
    proven: count('proven'),
    partly: count('partly'),
    lacking: count('lacking'),
    differs: count('differs'),
  };
}

/** The rules that the contract can say and the fake models, in the order of the areas. */
export function modelledRules(): readonly RuleId[] {
  const rules: readonly (readonly [string, Rule])[] = Object.entries(RULES);
  return rules.flatMap(([id, { notModelled }]) => (notModelled === undefined && isRuleId(id) ? [id] : []));
}

/**
 * What makes a run a thing of the past: cases that there are no more, and cases that were not tried, or were of other
 * releases then.
 */
export function findStaleCases(run: FidelityRun): {
  readonly gone: readonly string[];
  readonly untried: readonly string[];
} {
  const ids = new Set(CONTRACT_CASES.map(({ id }) => id));
  const untried = CONTRACT_CASES.filter((each) => {
    const isOfOthers = findReleaseProblem(each, run.release) !== undefined;
    const found = run.cases[each.id];
    return found === undefined || (found.verdict === 'other-releases') !== isOfOthers;
  });
  return { gone: Object.keys(run.cases).filter((id) => !ids.has(id)), untried: untried.map(({ id }) => id) };
}

function isRuleId(id: string): id is RuleId {
  return Object.hasOwn(RULES, id);
}
