import { quote, UsageError } from '../core/errors.js';
import type { DisruptionSchedule } from './disruptions/schedule.js';
import { findDefinitionMistakes } from './find-definition-mistakes.js';
import type { Load } from './load/load.js';
import type { MeasureSource } from './measures/sources/measure-source.js';
import { type RunScenarioOptions, runScenario } from './run/run-scenario.js';
import type { AnalysisSection, ScenarioResult } from './scenario-result.js';
import type { FinishedScenario, RunningScenario, ScenarioRun } from './scenario-run.js';
import type { Condition } from './verdicts/condition.js';
import type { Verdict } from './verdicts/verdict.js';

/**
 * What a scenario is. `actors` comes before the functions that use them, so that the compiler knows what they are.
 */
export interface ScenarioDefinition<P extends object, A> {
  readonly name: string;
  readonly description?: string;
  /** Plain data, with the values of a full run. @defaultValue {} */
  readonly parameters?: P;
  /** What the small scale has other values of. @defaultValue {} */
  readonly quick?: Partial<NoInfer<P>>;
  /** What is wrong with parameters, in words, before anything is made. */
  readonly findMistakes?: (parameters: Readonly<NoInfer<P>>) => readonly string[];
  /** How long the whole may take, in milliseconds of its clock. @defaultValue 600000, ten minutes */
  readonly timeoutMs?: number;
  /** Makes all that takes part. What it returns is `run.actors` from then on. */
  readonly actors: (run: ScenarioRun<P>) => A | Promise<A>;
  /** What is asked of the actors. @defaultValue no load: the disruptions take their time, and the verdicts follow */
  readonly load?: (run: RunningScenario<P, NoInfer<A>>) => Load | readonly Load[] | Promise<Load | readonly Load[]>;
  /** What goes wrong, and when: times are from the beginning of the load. All is taken back when the load is over. */
  readonly disruptions?: (run: RunningScenario<P, NoInfer<A>>) => readonly DisruptionSchedule[];
  /** Where figures come from while it runs, beside those that the scenario counts itself. */
  readonly measures?: (run: RunningScenario<P, NoInfer<A>>) => readonly MeasureSource[];
  /** Conditions that hold from the beginning of the load until the verdicts. */
  readonly always?: (run: RunningScenario<P, NoInfer<A>>) => readonly Condition[];
  /** Conditions that come to hold once the load is over and everything is healed. */
  readonly eventually?: (run: RunningScenario<P, NoInfer<A>>) => readonly Condition[];
  /** What is asked of the run. */
  readonly verdicts?: (run: FinishedScenario<P, NoInfer<A>>) => readonly Verdict[] | Promise<readonly Verdict[]>;
  /**
   * What was left, in words, once everything is torn down; nothing is the only right answer. That processes of actors have
   * ended is looked at in any case.
   */
  readonly leaks?: () => readonly string[] | Promise<readonly string[]>;
  /** What the report says of this scenario alone. */
  readonly analysis?: (
    run: FinishedScenario<P, NoInfer<A>>,
  ) => readonly AnalysisSection[] | Promise<readonly AnalysisSection[]>;
}

/** A scenario of which nobody asks what its parameters and its actors are. */
export interface AnyScenario {
  readonly name: string;
  readonly description?: string;
  /** As `runScenario` with this scenario, for lists of several. */
  readonly run: (options?: Omit<RunScenarioOptions, 'parameters'>) => Promise<ScenarioResult>;
}

/** A scenario that was looked over and can be run. */
export interface Scenario<P extends object = object, A = unknown> extends AnyScenario {
  readonly definition: ScenarioDefinition<P, A>;
}

/**
 * Defines a scenario: what takes part, what is asked of it, what goes wrong meanwhile, and what must come out of it.
 * Nothing is begun.
 *
 * @throws UsageError with every mistake
 *
 * @example
 * ```ts
 * const churn = defineScenario({
 *   name: 'steady load, continuous churn',
 *   parameters: { workers: 20, durationMs: 60_000, tasksPerSecond: 100 },
 *   quick: { workers: 5, durationMs: 5000 },
 *   async actors(run) {
 *     const coordinator = run.own(await spawn('node', ['coordinator.js'], { ready: 'log' }));
 *     run.actor('coordinator', { kind: 'coordinator', process: coordinator });
 *     return { coordinator };
 *   },
 *   load: ({ parameters }) => steady({ ratePerSecond: parameters.tasksPerSecond, durationMs: parameters.durationMs, perform }),
 *   disruptions: ({ actors }) => [every({ periodMs: 5000, lastsMs: 1000, disrupt: suspend(actors.coordinator) })],
 *   verdicts: (run) => [atLeast('tasks that succeed', () => ratio(run.load().succeeded, run.load().planned), 0.95)],
 * });
 * ```
 */
export function defineScenario<P extends object = Record<never, never>, A = unknown>(
  definition: ScenarioDefinition<P, A>,
): Scenario<P, A> {
  const given: unknown = definition;
  if (typeof given !== 'object' || given === null)
    throw new UsageError('defineScenario', `it takes an object; received ${quote(given)}`);
  const mistakes = findDefinitionMistakes(given);
  if (mistakes.length > 0) throw new UsageError('defineScenario', mistakes);
  const { name, description } = definition;
  const scenario: Scenario<P, A> = {
    name,
    ...(description !== undefined && { description }),
    definition,
    run: (options) => runScenario(scenario, options),
  };
  return scenario;
}
