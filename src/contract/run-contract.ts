import { messageOf } from '../core/message-of.js';
import { CONTRACT_CASES } from './cases/index.js';
import type { ContractCase } from './contract-case.js';
import { findReleaseProblem } from './release.js';
import { CONTRACT_NEEDS, type ContractDriver } from './world.js';

/**
 * What became of a case on a driver: it `holds`; it `differs`; it is `lacking` what the case needs; or the case speaks
 * of `other-releases`.
 */
export type CaseVerdict = 'holds' | 'differs' | 'lacking' | 'other-releases';

/** A case that was tried, or why it was not. */
export interface CaseResult {
  readonly case: ContractCase;
  readonly verdict: CaseVerdict;
  /** What is lacking, which releases it is of, or how it differs. */
  readonly reason?: string;
  /** What was thrown, where it differs. */
  readonly error?: unknown;
}

/** How the contract is tried. */
export interface RunContractOptions {
  /** @defaultValue all of them */
  readonly cases?: readonly ContractCase[];
  /** Told of each case once it is tried. */
  readonly onResult?: (result: CaseResult) => void;
}

/**
 * Tries the contract on a driver, each case in a world of its own, one after the other.
 *
 * @example
 * ```ts
 * const results = await runContract(myDriver);
 * const wrong = results.filter((result) => result.verdict === 'differs');
 * ```
 */
export async function runContract(
  driver: ContractDriver,
  options: RunContractOptions = {},
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of options.cases ?? CONTRACT_CASES) {
    const result = await runCase(driver, each);
    options.onResult?.(result);
    results.push(result);
  }
  return results;
}

/** Tries one case on a driver. What goes wrong in the case, or in closing its world, is in the result. */
export async function runCase(driver: ContractDriver, tried: ContractCase): Promise<CaseResult> {
  const obstacle = findObstacle(driver, tried);
  if (obstacle !== undefined) return { case: tried, ...obstacle };
  try {
    await using world = await driver.open(tried.world ?? {});
    await tried.run(world);
    return { case: tried, verdict: 'holds' };
  } catch (error) {
    return { case: tried, verdict: 'differs', reason: messageOf(error), error };
  }
}

/** Why a case cannot be tried on a driver, if it cannot. */
export function findObstacle(
  driver: ContractDriver,
  tried: ContractCase,
): { readonly verdict: 'lacking' | 'other-releases'; readonly reason: string } | undefined {
  const problem = findReleaseProblem(tried, driver.release);
  if (problem !== undefined) return { verdict: 'other-releases', reason: problem };
  for (const need of tried.needs ?? []) {
    const missing = driver.findMissing(need);
    if (missing !== undefined) return { verdict: 'lacking', reason: `${CONTRACT_NEEDS[need]}: ${missing}` };
  }
  return undefined;
}
