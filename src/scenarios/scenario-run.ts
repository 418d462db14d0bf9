import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import type { Scope } from '../core/scope.js';
import type { Actor, ActorOptions, ActorProcess } from './actor.js';
import type { Measures } from './measures/measures.js';
import type {
  ActorResult,
  DisruptionRecord,
  EventRecord,
  LoadResult,
  MeasureResult,
  ProblemRecord,
} from './scenario-result.js';

/** What is said of an event beside its name. */
export interface EventOptions {
  /** The name of an actor. */
  readonly actor?: string;
  readonly details?: string;
}

/**
 * A run of a scenario, as its own functions see it from the beginning on. What can be called can be taken out of it:
 * `({ own, actor }) => …`.
 */
export interface ScenarioRun<P extends object = object> {
  readonly name: string;
  /** As they are in effect: those of the scenario, then those of `quick`, then those that the run was given. */
  readonly parameters: Readonly<P>;
  readonly seed: number;
  /** It is run at the small scale. */
  readonly quick: boolean;
  /** The only randomness of the scenario: take `random.fork('a label')`. */
  readonly random: Random;
  /** The only time of the scenario. */
  readonly clock: Clock;
  /** Aborted when the run is called off, or its time is over. */
  readonly signal: AbortSignal;
  /** What is counted, followed and sampled: `run.measures.counter('tasks done')`. */
  readonly measures: Measures;
  /** Owns what the scenario makes; closed last, in reverse order. */
  readonly scope: Scope;
  /** Milliseconds of the clock since the run began. */
  readonly elapsedMs: () => number;
  /** Hands something to the run, which disposes of it at the end; returns it. @throws UsageError as `Scope.use` */
  readonly own: <T extends AsyncDisposable | Disposable>(resource: T, label?: string) => T;
  /**
   * Tells of one that takes part, and follows its process where it has one.
   *
   * @throws UsageError when the name is empty or taken
   */
  readonly actor: (name: string, options?: ActorOptions) => Actor;
  /** The actor of a name, or of a process. */
  readonly findActor: (of: string | ActorProcess) => Actor | undefined;
  /** Marks a moment in the timeline. */
  readonly event: (name: string, options?: EventOptions) => void;
  /** Something has gone wrong beside the verdicts: the run goes on, and has failed. */
  readonly problem: (message: string, subject?: string) => void;
}

/** A run once its actors are there. */
export interface RunningScenario<P extends object = object, A = unknown> extends ScenarioRun<P> {
  /** What `actors` returned. */
  readonly actors: A;
}

/** A run whose load is over, before its actors are torn down: what verdicts are made of. */
export interface FinishedScenario<P extends object = object, A = unknown> extends RunningScenario<P, A> {
  readonly actorResults: readonly ActorResult[];
  readonly loads: readonly LoadResult[];
  readonly disruptions: readonly DisruptionRecord[];
  readonly events: readonly EventRecord[];
  readonly problems: readonly ProblemRecord[];
  /** The result of a load, by its name; of the only one where none is given. @throws UsageError when there is no such load */
  readonly load: (name?: string) => LoadResult;
  /**
   * The result of a measure, by its name and, if it is of one, its actor; `load latency` is how long those of the load
   * called `load` took.
   *
   * @throws UsageError when there is no such measure
   */
  readonly measure: (name: string, actor?: string) => MeasureResult;
}
