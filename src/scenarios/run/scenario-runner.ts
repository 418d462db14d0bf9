import { UnsupportedError } from '../../core/errors.js';
import type { Scenario } from '../define-scenario.js';
import { toJson } from '../parameters.js';
import type { ScenarioProgress } from '../scenario-progress.js';
import type { AnalysisSection, MeasureResult, ScenarioResult, VerdictRecord } from '../scenario-result.js';
import { findWorst } from '../verdicts/judge.js';
import { attempt } from './attempt.js';
import { analyseRun, judgeProblems, judgeRun } from './judge-run.js';
import { LoadPhase } from './load-phase.js';
import { ProgressTeller } from './progress-teller.js';
import type { RunState } from './run-state.js';
import { tearDown } from './tear-down.js';

/** One run of a scenario, phase by phase. It never rejects. */
export async function runPhases<P extends object, A>(
  scenario: Scenario<P, A>,
  state: RunState<P, A>,
  options: {
    readonly timeoutMs: number;
    readonly onProgress: ((progress: ScenarioProgress) => void) | undefined;
  },
): Promise<ScenarioResult> {
  const { name, description, definition } = scenario;
  const startedAt = new Date().toISOString();
  const phase = new LoadPhase(definition, state);
  const progress = new ProgressTeller(state, options.onProgress, phase);
  const verdicts: VerdictRecord[] = [];
  let analysis: readonly AnalysisSection[] = [];
  let measures: readonly MeasureResult[] = [];

  progress.enter('actors');
  if (await makeActors(scenario, state, options.timeoutMs)) {
    verdicts.push(...(await phase.run(progress)));
    measures = state.measures.results();
    if (!state.signal.aborted) {
      progress.enter('verdicts');
      verdicts.push(...(await judgeRun(definition, state)));
      analysis = await analyseRun(definition, state);
    }
  } else {
    state.actorResults = state.scenarioActors.map((actor) => actor.result({}));
    measures = state.measures.results();
  }
  progress.enter('teardown');
  verdicts.push(...(await tearDown(definition, state)));
  progress.enter('done');
  verdicts.push(...judgeProblems(state));
  return {
    version: 1,
    name,
    ...(description !== undefined && { description }),
    verdict: findWorst(verdicts.map(({ status }) => status)),
    seed: state.seed,
    quick: state.quick,
    startedAt,
    durationMs: state.elapsedMs(),
    parameters: toJson(state.parameters),
    actors: state.actorResults,
    load: state.loads,
    measures,
    disruptions: state.disruptions,
    events: [...state.events],
    verdicts,
    analysis,
    problems: state.problems.toSorted((a, b) => a.atMs - b.atMs),
  };
}

/** Whether all that takes part is there, and none has died. */
async function makeActors<P extends object, A>(
  { definition }: Scenario<P, A>,
  state: RunState<P, A>,
  limitMs: number,
): Promise<boolean> {
  const { stopSignal: signal } = state;
  const onProblem = (error: unknown): void => {
    if (error instanceof UnsupportedError) state.obstacle = error;
  };
  const made = await attempt(state, 'actors', () => definition.actors(state), { limitMs, signal, onProblem });
  if (made === undefined) return false;
  state.setActors(made.value);
  if (state.scenarioActors.length === 0) {
    state.problem('nobody takes part: tell of each actor by run.actor(name, { kind, process })');
    return false;
  }
  return !signal.aborted;
}
