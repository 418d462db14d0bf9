import { findUnknownOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { quote, type UnsupportedError, UsageError } from '../../core/errors.js';
import { createRandom, type Random, randomSeed } from '../../core/random.js';
import { RealClock } from '../../core/real-clock.js';
import { Scope } from '../../core/scope.js';
import type { Actor, ActorOptions, ActorProcess } from '../actor.js';
import { Measures } from '../measures/measures.js';
import type {
  ActorResult,
  DisruptionRecord,
  EventRecord,
  LoadResult,
  MeasureResult,
  ProblemRecord,
} from '../scenario-result.js';
import type { EventOptions, FinishedScenario } from '../scenario-run.js';
import type { RunScenarioOptions } from './run-scenario.js';
import { ScenarioActor } from './scenario-actor.js';
import { TeardownPatience } from './teardown-patience.js';

/** A result is to be read, and drawn: more than this would be neither. */
const MOST_EVENTS = 10_000;
const MOST_PROBLEMS = 1000;
/** What is shown of the log of a process that died. */
const TAIL_LINES = 10;

/**
 * All that a run has gathered so far; its functions see it as their `run`. What they may call can be taken out of it:
 * `({ own, actor }) => …`.
 */
export class RunState<P extends object = object, A = unknown> implements FinishedScenario<P, A> {
  readonly name: string;
  readonly parameters: Readonly<P>;
  readonly seed: number;
  readonly quick: boolean;
  readonly random: Random;
  readonly clock: Clock;
  readonly measures: Measures;
  readonly scope: Scope;
  readonly startedMs: number;
  readonly events: EventRecord[] = [];
  readonly problems: ProblemRecord[] = [];
  loads: readonly LoadResult[] = [];
  disruptions: readonly DisruptionRecord[] = [];
  actorResults: readonly ActorResult[] = [];
  readonly scenarioActors: ScenarioActor[] = [];
  /** Why the actors could not be made, where this machine cannot do what they ask of it. */
  obstacle: UnsupportedError | undefined;
  /** Aborted when the run is called off or its time is over. */
  readonly #callOff = new AbortController();
  /** Aborted when there is no sense in going on. */
  readonly #stop = new AbortController();
  /** Aborted when deaths are expected: everything is torn down. */
  readonly #teardown = new AbortController();
  #actors: { readonly value: A } | undefined;
  #hasLoadBegun = false;
  #hasTooManyEvents = false;
  #lastMs = 0;

  constructor(
    name: string,
    parameters: Readonly<P>,
    { seed = randomSeed(), quick = false, clock = new RealClock() }: RunScenarioOptions<P>,
  ) {
    this.name = name;
    this.parameters = parameters;
    this.seed = seed;
    this.quick = quick;
    this.random = createRandom(seed);
    this.clock = clock;
    this.startedMs = clock.now();
    this.measures = new Measures({ clock, startedMs: this.startedMs });
    const { disposeOne } = new TeardownPatience(clock);
    this.scope = new Scope({ name, disposeOne });
  }

  get signal(): AbortSignal {
    return this.#callOff.signal;
  }

  /** Aborted when the load must end early: with the reason, in words. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  readonly elapsedMs = (): number => {
    // The clock may be one that jumps.
    this.#lastMs = Math.max(this.#lastMs, this.clock.now() - this.startedMs);
    return this.#lastMs;
  };

  /** What the scenario's `actors` returned. @throws UsageError before */
  get actors(): A {
    if (this.#actors === undefined)
      throw new UsageError('run.actors', 'they are not there before the function actors has returned them');
    return this.#actors.value;
  }

  readonly own = <T extends AsyncDisposable | Disposable>(resource: T, label?: string): T =>
    this.scope.use(resource, label ?? nameResource(resource));

  readonly actor = (name: string, options: ActorOptions = {}): Actor => {
    const mistakes = this.#findActorMistakes(name, options);
    if (mistakes.length > 0) throw new UsageError('run.actor', mistakes);
    const actor = new ScenarioActor(name, options, {
      clock: this.clock,
      nowMs: this.elapsedMs,
      signal: this.#teardown.signal,
      onDeath: (dead, end) => this.#noteDeath(dead, end),
    });
    this.scenarioActors.push(actor);
    return actor;
  };

  readonly findActor = (of: string | ActorProcess): ScenarioActor | undefined =>
    this.scenarioActors.find((actor) => (typeof of === 'string' ? actor.name === of : actor.process === of));

  readonly event = (name: string, { actor, details }: EventOptions = {}): void => {
    if (this.events.length === MOST_EVENTS) {
      if (!this.#hasTooManyEvents) this.problem(`only the first ${MOST_EVENTS} events are kept`);
      this.#hasTooManyEvents = true;
      return;
    }
    this.events.push({
      atMs: this.elapsedMs(),
      name,
      ...(actor !== undefined && { actor }),
      ...(details !== undefined && { details }),
    });
  };

  readonly problem = (message: string, subject?: string): void => this.problemAt(this.elapsedMs(), message, subject);

  /** One that is told later than it came about. */
  problemAt(atMs: number, message: string, subject?: string): void {
    if (this.problems.length === MOST_PROBLEMS) return;
    this.problems.push({ atMs, message, ...(subject !== undefined && { subject }) });
  }

  readonly load = (name?: string): LoadResult => {
    const names = this.loads.map((load) => load.name);
    const found =
      name === undefined && this.loads.length === 1 ? this.loads[0] : this.loads.find((load) => load.name === name);
    if (found !== undefined) return found;
    const there = names.length === 0 ? 'there is none' : `there are ${names.map(quote).join(', ')}`;
    throw new UsageError(
      'run.load',
      `${name === undefined ? 'say which' : `there is no load ${quote(name)}`}: ${there}`,
    );
  };

  readonly measure = (name: string, actor?: string): MeasureResult => {
    const all = this.measures.results();
    const found = all.find((measure) => measure.name === name && measure.actor === actor);
    if (found !== undefined) return found;
    const whose = actor === undefined ? '' : ` of ${quote(actor)}`;
    const there = [...new Set(all.map((measure) => quote(measure.name)))].join(', ');
    throw new UsageError('run.measure', `there is no measure ${quote(name)}${whose}; there are ${there || 'none'}`);
  };

  setActors(value: A): void {
    this.#actors = { value };
  }

  /** From now on what dies is no longer a reason not to begin. */
  beginLoad(): void {
    this.#hasLoadBegun = true;
  }

  /** From now on whatever ends has been ended by us. */
  beginTeardown(): void {
    this.#teardown.abort();
  }

  /** Ends the load early; what is there is kept and judged. */
  stopEarly(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.event('ended early', { details: reason });
    this.#stop.abort(new Error(reason));
  }

  /** Ends everything: nobody waits for anything any more. */
  callOff(error: Error): void {
    if (this.#callOff.signal.aborted) return;
    this.problem(error.message);
    this.stopEarly(error.message);
    this.#callOff.abort(error);
  }

  #noteDeath(actor: ScenarioActor, end: string): void {
    const when = this.#hasLoadBegun ? 'though nothing in the scenario ended it' : 'before the load began';
    this.problem(`${actor.name} ${end}, ${when}${describeTail(actor.process)}`, actor.name);
    const isAnyLeft = this.scenarioActors.some((other) => other.kind === actor.kind && other.isThere);
    if (!this.#hasLoadBegun) this.stopEarly(`${actor.name} died before the load began`);
    else if (!isAnyLeft) this.stopEarly(`no ${actor.kind} is left`);
  }

  #findActorMistakes(name: unknown, options: unknown): readonly string[] {
    const mistakes: string[] = [];
    if (typeof name !== 'string' || name === '')
      mistakes.push(`name must be a string that is not empty; received ${quote(name)}`);
    else if (this.findActor(name) !== undefined) mistakes.push(`there is an actor ${quote(name)} already`);
    if (typeof options !== 'object' || options === null)
      return [...mistakes, `options must be an object; received ${quote(options)}`];
    mistakes.push(...findUnknownOptions(options, ['kind', 'process', 'mayExit', 'totals']));
    const { kind, process, mayExit, totals }: { readonly [K in keyof ActorOptions]?: unknown } = options;
    if (kind !== undefined && (typeof kind !== 'string' || kind === ''))
      mistakes.push(`kind must be a string that is not empty; received ${quote(kind)}`);
    if (process !== undefined && !(Object(process).exit instanceof Promise))
      mistakes.push(`process must be one, such as spawn() gives, or worker.process; received ${quote(process)}`);
    if (mayExit !== undefined && typeof mayExit !== 'boolean')
      mistakes.push(`mayExit must be true or false; received ${quote(mayExit)}`);
    if (totals !== undefined && typeof totals !== 'function')
      mistakes.push(`totals must be a function; received ${quote(totals)}`);
    return mistakes;
  }
}

/** The end of a log says more than a code. */
function describeTail({ logs }: Partial<ActorProcess> = {}): string {
  const lines = logs?.tail(TAIL_LINES);
  if (lines === undefined) return '';
  return lines.length === 0
    ? '; it wrote nothing'
    : `; the last it wrote:${lines.map((line) => `\n  ${line}`).join('')}`;
}

/** A worker has a name, and a program what it was started with; of what has neither, the scope tells the class. */
function nameResource(resource: object): string | undefined {
  const { name, command, args = [] }: { name?: unknown; command?: unknown; args?: unknown } = resource;
  if (typeof name === 'string' && name !== '') return name;
  return typeof command === 'string' && Array.isArray(args) ? [command, ...args].join(' ').slice(0, 80) : undefined;
}
