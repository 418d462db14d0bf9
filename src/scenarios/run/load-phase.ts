import { quote, UsageError } from '../../core/errors.js';
import type { ScenarioDefinition } from '../define-scenario.js';
import { type FollowedSources, followSources } from '../measures/sources/follow-sources.js';
import type { MeasureSource } from '../measures/sources/measure-source.js';
import type { VerdictRecord } from '../scenario-result.js';
import { AlwaysWatch } from '../verdicts/always-watch.js';
import { awaitCondition } from '../verdicts/await-condition.js';
import { readConditions } from '../verdicts/condition.js';
import { inSeconds } from '../words.js';
import { attempt } from './attempt.js';
import type { ProgressTeller } from './progress-teller.js';
import type { RunState } from './run-state.js';
import { ScenarioDisruptions } from './scenario-disruptions.js';
import { ScenarioLoads } from './scenario-loads.js';
import { withLimit } from './with-limit.js';

const TOTALS_LIMIT_MS = 5000;
/** To start a killed program again, or a machine, may take its time. */
const HEAL_LIMIT_MS = 60_000;

/** The load with all that goes on beside it, until everything is healed and has come to rest. */
export class LoadPhase<P extends object, A> {
  readonly #definition: ScenarioDefinition<P, A>;
  readonly #state: RunState<P, A>;
  #loads: ScenarioLoads | undefined;
  #disruptions: ScenarioDisruptions | undefined;

  constructor(definition: ScenarioDefinition<P, A>, state: RunState<P, A>) {
    this.#definition = definition;
    this.#state = state;
  }

  get plannedMs(): number {
    return this.#loads?.plannedMs ?? 0;
  }

  get counts() {
    return this.#loads?.counts ?? { started: 0, succeeded: 0, failed: 0 };
  }

  /** The disruptions in effect, in words. */
  get active(): readonly string[] {
    return (this.#disruptions?.active ?? []).map(({ kind, target }) => `${kind}: ${target}`);
  }

  /** Runs it; resolves with what was seen of the conditions. It never rejects. */
  async run(progress: ProgressTeller): Promise<readonly VerdictRecord[]> {
    const state = this.#state;
    const { always, eventually, measures } = this.#definition;
    const loads = await this.#make('load', async (load) => new ScenarioLoads(await load?.(state), state));
    const disruptions = await this.#make(
      'disruptions',
      async (list) => new ScenarioDisruptions((await list?.(state)) ?? [], state),
    );
    const sources = await this.#prepare('measures', async () => readSources(await measures?.(state)));
    const watched = await this.#prepare('always', async () => readConditions('always', await always?.(state)));
    const awaited = await this.#prepare('eventually', async () =>
      readConditions('eventually', await eventually?.(state)),
    );
    if (loads === undefined || disruptions === undefined) state.stopEarly('what was to be done could not be made');
    this.#loads = loads;
    this.#disruptions = disruptions;

    state.beginLoad();
    progress.enter('load');
    const followed = await this.#follow([...(loads?.sources ?? []), ...(sources ?? [])]);
    const watches = (watched ?? []).map((condition) => this.#watch(condition));
    await this.#load(loads, disruptions);
    await this.#heal(disruptions);
    this.#tellFailedDisruptions();

    progress.enter('eventually');
    const { clock, stopSignal: signal } = state;
    const [, ...arrived] = await Promise.all([
      loads?.drain(signal),
      ...(awaited ?? []).map((condition) => awaitCondition(condition, { clock, signal })),
    ]);
    const held = await Promise.all(watches.map((watch) => watch.finish()));
    state.loads = loads?.close() ?? [];
    state.problems.push(...((await followed?.stop()) ?? []));
    state.actorResults = await this.#askActors();
    return [...held, ...arrived.filter((record) => record !== undefined)];
  }

  async #load(loads: ScenarioLoads | undefined, disruptions: ScenarioDisruptions | undefined): Promise<void> {
    const { stopSignal } = this.#state;
    if (stopSignal.aborted) return;
    disruptions?.start();
    if (loads !== undefined && !loads.isEmpty) await loads.run(stopSignal);
    else await Promise.race([disruptions?.completed, whenAborted(stopSignal)]);
  }

  /** Also of a run that was called off; but one that never ends, in whatever it does, ends no run. */
  async #heal(disruptions: ScenarioDisruptions | undefined): Promise<void> {
    if (disruptions === undefined) return;
    const { clock, problem } = this.#state;
    await withLimit('healing', () => disruptions.heal(), { clock, limitMs: HEAL_LIMIT_MS }).catch(() => {
      for (const { kind, target } of disruptions.active)
        problem(`${kind} of ${target} has not been taken back after ${inSeconds(HEAL_LIMIT_MS)}`, target);
    });
    this.#state.disruptions = disruptions.records();
  }

  #make<K extends 'load' | 'disruptions', T>(
    name: K,
    make: (given: ScenarioDefinition<P, A>[K]) => Promise<T>,
  ): Promise<T | undefined> {
    return this.#prepare(name, () => make(this.#definition[name]));
  }

  async #prepare<T>(name: string, make: () => Promise<T>): Promise<T | undefined> {
    const made = await attempt(this.#state, name, make, { signal: this.#state.stopSignal });
    return made?.value;
  }

  async #follow(sources: readonly MeasureSource[]): Promise<FollowedSources | undefined> {
    const { measures, clock } = this.#state;
    const followed = await attempt(this.#state, 'measures', () => followSources(sources, { measures, clock }));
    return followed?.value;
  }

  #watch(condition: Parameters<typeof awaitCondition>[0]): AlwaysWatch {
    const { clock, elapsedMs, event } = this.#state;
    const watch = new AlwaysWatch(condition, {
      clock,
      nowMs: elapsedMs,
      onViolation: (name, details) => event(`no longer holds: ${name}`, { details }),
    });
    watch.start();
    return watch;
  }

  #tellFailedDisruptions(): void {
    for (const { kind, target, error, fromMs, untilMs = fromMs } of this.#state.disruptions)
      if (error !== undefined) this.#state.problemAt(untilMs, `${kind} of ${target} ${error}`, target);
  }

  /** One that is gone has nothing more to tell. */
  #askActors() {
    const state = this.#state;
    return Promise.all(
      state.scenarioActors.map(async (actor) => {
        const options = { limitMs: TOTALS_LIMIT_MS };
        const totals = actor.isThere
          ? await attempt(state, `totals of ${actor.name}`, () => actor.askTotals(), options)
          : await withLimit('totals', () => actor.askTotals(), { ...options, clock: state.clock }).then(
              (value) => ({ value }),
              () => undefined,
            );
        return actor.result(totals?.value ?? {});
      }),
    );
  }
}

/** Each of them is looked over when it is followed. @throws UsageError */
function readSources(given: readonly MeasureSource[] | undefined): readonly MeasureSource[] {
  if (given === undefined || Array.isArray(given)) return given ?? [];
  throw new UsageError(
    'measures',
    `it must give a list of sources, such as [fromLog(…)]; received ${quote(given)}. What the test counts itself goes into run.measures`,
  );
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
