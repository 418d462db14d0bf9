import type { Load } from './load/load.js';
import type { AnalysisSection } from './scenario-result.js';
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
  /** How long the whole may take, in milliseconds of its clock. @defaultValue 600000, ten minutes */
  readonly timeoutMs?: number;
  /** Makes all that takes part. What it returns is `run.actors` from then on. */
  readonly actors: (run: ScenarioRun<P>) => A | Promise<A>;
  /** What is asked of the actors. @defaultValue no load: the disruptions take their time, and the verdicts follow */
  readonly load?: (run: RunningScenario<P, NoInfer<A>>) => Load | readonly Load[] | Promise<Load | readonly Load[]>;
  /** Conditions that hold from the beginning of the load until everything that was disrupted is healed. */
  readonly always?: (run: RunningScenario<P, NoInfer<A>>) => readonly Condition[];
  /** Conditions that come to hold once the load is over and everything is healed. */
  readonly eventually?: (run: RunningScenario<P, NoInfer<A>>) => readonly Condition[];
  /** What is asked of the run. */
  readonly verdicts?: (run: FinishedScenario<P, NoInfer<A>>) => readonly Verdict[] | Promise<readonly Verdict[]>;
  /** What the report says of this scenario alone. */
  readonly analysis?: (
    run: FinishedScenario<P, NoInfer<A>>,
  ) => readonly AnalysisSection[] | Promise<readonly AnalysisSection[]>;
}

/** A scenario that was looked over and can be run. */
export interface Scenario<P extends object = object, A = unknown> {
  readonly name: string;
  readonly description?: string;
  readonly definition: ScenarioDefinition<P, A>;
}
