import { AssertionError, quote, UsageError } from '../core/errors.js';
import { describeResult } from './describe-result.js';
import type { ScenarioResult } from './scenario-result.js';
import { exitCodeOf } from './verdicts/judge.js';

/**
 * Does nothing when a scenario has passed, or failed only as was expected; else tells every verdict that was not passed,
 * with what was found, and the seed that gives the run again.
 *
 * @throws AssertionError @throws UsageError for what is no result
 *
 * @example
 * ```ts
 * assertScenario(await runScenario(churn, { quick: true }));
 * ```
 */
export function assertScenario(result: ScenarioResult): void {
  const given: unknown = result;
  if (typeof given !== 'object' || given === null || !('verdict' in given))
    throw new UsageError('assertScenario', `it takes what runScenario resolved with; received ${quote(given)}`);
  if (exitCodeOf([result]) === 0) return;
  throw new AssertionError(`Scenario ${describeResult(result)}`, { actual: result.verdict, expected: 'passed' });
}
