import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { AbortedError, quote, TimeoutError, type UnsupportedError, UsageError } from '../../core/errors.js';
import type { Scenario } from '../define-scenario.js';
import { describeError } from '../load/failure-tally.js';
import { findQuickMistakes } from '../parameters.js';
import type { ScenarioProgress } from '../scenario-progress.js';
import type { ScenarioResult } from '../scenario-result.js';
import { inSeconds } from '../words.js';
import { RunState } from './run-state.js';
import { runPhases } from './scenario-runner.js';

/** How a scenario is run. */
export interface RunScenarioOptions<P extends object = object> {
  /** An integer from 0 to 4294967295: the same gives the same load, disruptions and draws. @defaultValue one that nobody chose */
  readonly seed?: number;
  /** At the small scale. @defaultValue false */
  readonly quick?: boolean;
  /** Other values for some of the parameters, over those of `quick`, too. @defaultValue {} */
  readonly parameters?: Partial<P>;
  /** @defaultValue a `RealClock` */
  readonly clock?: Clock;
  /** Calls the run off: everything is torn down, and what is there is the result. */
  readonly signal?: AbortSignal;
  /** Is told how far it is: at every change of phase, and once a second between. */
  readonly onProgress?: (progress: ScenarioProgress) => void;
}

const NAMES = ['seed', 'quick', 'parameters', 'clock', 'signal', 'onProgress'];
const TIMEOUT_MS = 600_000;

/**
 * Runs a scenario from its actors to its teardown. There is always a result: what goes wrong, in the scenario's own
 * functions too, is a problem in it and makes it `failed`; what was found out until then is kept.
 *
 * @throws UsageError for options and parameters that cannot be, before anything is begun
 *
 * @example
 * ```ts
 * const result = await runScenario(churn, { seed: 7, quick: true });
 * expect(result.verdict).toBe('passed');
 * ```
 */
export async function runScenario<P extends object, A>(
  scenario: Scenario<P, A>,
  options: RunScenarioOptions<NoInfer<P>> = {},
): Promise<ScenarioResult> {
  return (await attemptScenario(scenario, options)).result;
}

/** What came of a scenario. */
export interface ScenarioAttempt {
  readonly result: ScenarioResult;
  /** Why its actors could not be made on this machine, where nothing else went wrong. */
  readonly obstacle: UnsupportedError | undefined;
}

/** As {@link runScenario}, for who takes what this machine cannot do for no failure of the scenario. */
export async function attemptScenario<P extends object, A>(
  scenario: Scenario<P, A>,
  options: RunScenarioOptions<NoInfer<P>> = {},
): Promise<ScenarioAttempt> {
  checkArguments(scenario, options);
  const { definition } = scenario;
  const { signal, onProgress } = options;
  const state = new RunState<P, A>(scenario.name, mergeParameters(scenario, options), options);
  const abort = (): void => {
    state.callOff(
      new AbortedError(`the run was called off: ${describeError(signal?.reason)}`, { cause: signal?.reason }),
    );
  };
  const { timeoutMs = TIMEOUT_MS } = definition;
  const deadline = state.clock.setTimer(() => {
    const message = `the run was not over after ${inSeconds(timeoutMs)}; raise timeoutMs if it is only slow`;
    state.callOff(new TimeoutError(message, timeoutMs));
  }, timeoutMs);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const result = await runPhases(scenario, state, { timeoutMs, onProgress });
    const failed = result.verdicts.filter(({ status }) => status === 'failed');
    // One verdict has failed for the problem itself.
    return { result, obstacle: state.problems.length === 1 && failed.length === 1 ? state.obstacle : undefined };
  } finally {
    deadline.cancel();
    signal?.removeEventListener('abort', abort);
  }
}

/** As they are in effect. @throws UsageError for what the scenario does not take */
function mergeParameters<P extends object, A>(
  { name, definition }: Scenario<P, A>,
  { quick = false, parameters: given = {} }: RunScenarioOptions<P>,
): Readonly<P> {
  // A definition without parameters is of the empty type.
  const own = (definition.parameters ?? {}) as P;
  const merged: P = { ...own, ...(quick ? definition.quick : {}), ...given };
  const mistakes = definition.findMistakes?.(merged) ?? [];
  if (mistakes.length > 0) throw new UsageError(`scenario ${quote(name)}`, mistakes);
  return Object.freeze(merged);
}

function checkArguments<P extends object, A>(scenario: Scenario<P, A>, options: RunScenarioOptions<P>): void {
  const given: unknown = scenario;
  if (typeof given !== 'object' || given === null || !('definition' in given))
    throw new UsageError('runScenario', `it takes what defineScenario returned; received ${quote(given)}`);
  checkOptions('runScenario', options);
  const { parameters } = options;
  const mistakes = [...findRunMistakes(options)];
  if (parameters !== undefined)
    mistakes.push(...findQuickMistakes('parameters', parameters, scenario.definition.parameters ?? {}));
  if (mistakes.length > 0) throw new UsageError('runScenario', mistakes);
}

/** What is wrong with how one or more scenarios are to be run. */
export function findRunMistakes(options: { readonly [K in keyof RunScenarioOptions]?: unknown }): readonly string[] {
  const { seed, quick, clock, signal, onProgress } = options;
  const mistakes = [...findUnknownOptions(options, NAMES)];
  if (seed !== undefined && !(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) < 2 ** 32))
    mistakes.push(`seed must be an integer from 0 to ${2 ** 32 - 1}; received ${quote(seed)}`);
  if (quick !== undefined && typeof quick !== 'boolean')
    mistakes.push(`quick must be true or false; received ${quote(quick)}`);
  if (clock !== undefined && typeof Object(clock).setTimer !== 'function')
    mistakes.push(`clock must be a Clock; received ${quote(clock)}`);
  if (signal !== undefined && typeof Object(signal).addEventListener !== 'function')
    mistakes.push(`signal must be an AbortSignal; received ${quote(signal)}`);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    mistakes.push(`onProgress must be a function; received ${quote(onProgress)}`);
  return mistakes;
}
