import { checkOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { readMachineFacts } from '../../core/machine-facts.js';
import { randomSeed } from '../../core/random.js';
import type { AnyScenario } from '../define-scenario.js';
import type { ScenarioReport, ScenarioResult } from '../scenario-result.js';
import { findRunMistakes, type RunScenarioOptions } from './run-scenario.js';

/** How several scenarios are run. */
export interface RunScenariosOptions extends Omit<RunScenarioOptions, 'parameters'> {
  /** What the report is called. @defaultValue `scenarios` */
  readonly title?: string;
  /** Is told of each result as soon as it is there. */
  readonly onResult?: (result: ScenarioResult) => void;
}

/**
 * Runs scenarios one after the other, all with the same seed. When the signal calls one off, those after it are not begun,
 * and not in the report.
 *
 * @throws UsageError for what is no scenario, two of one name, and options as of `runScenario`; before anything is begun
 *
 * @example
 * ```ts
 * const report = await runScenarios([herd, churn, flood], { quick: true, title: 'worker-fleet' });
 * process.exitCode = exitCodeOf(report.scenarios);
 * ```
 */
export async function runScenarios(
  scenarios: readonly AnyScenario[],
  options: RunScenariosOptions = {},
): Promise<ScenarioReport> {
  checkArguments(scenarios, options);
  const { title = 'scenarios', onResult, seed = randomSeed(), ...others } = options;
  const startedAt = new Date().toISOString();
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    if (options.signal?.aborted === true) break;
    const result = await scenario.run({ ...others, seed });
    results.push(result);
    onResult?.(result);
  }
  return { version: 1, title, startedAt, machine: readMachineFacts(), scenarios: results };
}

function checkArguments(scenarios: unknown, options: RunScenariosOptions): void {
  checkOptions('runScenarios', options);
  const { title, onResult, ...others }: { readonly [K in keyof RunScenariosOptions]?: unknown } = options;
  const mistakes = [...findScenarioMistakes(scenarios), ...findRunMistakes(others)];
  if (title !== undefined && (typeof title !== 'string' || title === ''))
    mistakes.push(`title must be a string that is not empty; received ${quote(title)}`);
  if (onResult !== undefined && typeof onResult !== 'function')
    mistakes.push(`onResult must be a function; received ${quote(onResult)}`);
  if ('parameters' in others) mistakes.push('parameters are of one scenario: give them to runScenario');
  if (mistakes.length > 0) throw new UsageError('runScenarios', mistakes);
}

function findScenarioMistakes(scenarios: unknown): string[] {
  if (!Array.isArray(scenarios) || scenarios.length === 0)
    return [`scenarios must be a list of one or more; received ${quote(scenarios)}`];
  const mistakes: string[] = [];
  const names = new Set<unknown>();
  for (const [index, each] of scenarios.entries()) {
    if (typeof Object(each).run !== 'function') {
      mistakes.push(`scenarios[${index}] must be what defineScenario returned; received ${quote(each)}`);
      continue;
    }
    if (names.has(each.name)) mistakes.push(`two scenarios are called ${quote(each.name)}`);
    names.add(each.name);
  }
  return mistakes;
}
