import type { Operation } from '../../core/operation.js';
import { createRandom } from '../../core/random.js';
import { Scope } from '../../core/scope.js';
import { VirtualClock } from '../../core/virtual-clock.js';
import { FaultPlan } from '../plan.js';
import { createFaultOptions, type ErrorsByPoint, listErrors, type TracedPass } from './cases.js';
import { drive } from './drive.js';
import type { CaseFault, Scenario, ScenarioOutcome } from './scenario.js';

/** An invariant that did not hold after a run. */
export interface Violation {
  /** The invariant's name; `(ends in time)`, `(recovers)` and `(scope closes)` hold for every scenario. */
  readonly invariant: string;
  /** What it threw. */
  readonly error: unknown;
}

/** What came of one run. */
export interface CaseRun {
  readonly faults: readonly CaseFault[];
  readonly trace: readonly TracedPass[];
  /** The points that the scenario's plan has. */
  readonly points: readonly string[];
  readonly outcome: ScenarioOutcome;
  readonly violations: readonly Violation[];
  /** Which of the faults took effect. */
  readonly fired: readonly boolean[];
  /** What the run did, without recovery and invariants. */
  readonly listSteps: () => readonly Operation[];
}

/** What all runs of an exploration have in common. */
export interface RunSettings {
  readonly seed: number;
  readonly errors: ErrorsByPoint;
  readonly timeoutMs: number;
}

/** Where a run is, for the message when it hangs. */
interface Progress {
  stage: string;
  outcome: ScenarioOutcome;
  steps: () => readonly Operation[];
  violations: Violation[];
  trace: TracedPass[];
  fired: () => readonly boolean[];
}

/** Runs a scenario once, from a fresh start, with the given faults. @throws what `setup` throws: no fault is armed then. */
export async function runCase<World>(
  scenario: Scenario<World>,
  faults: readonly CaseFault[],
  settings: RunSettings,
): Promise<CaseRun> {
  const { seed, timeoutMs } = settings;
  const clock = new VirtualClock();
  const scope = new Scope({ name: 'explore' });
  const plan = new FaultPlan({ clock, seed });
  const progress: Progress = {
    stage: 'setup',
    outcome: { status: 'ok', faults },
    steps: () => plan.operations({ reads: true }),
    violations: [],
    trace: [],
    fired: () => faults.map(() => false),
  };
  const tools = { faults: plan, clock, scope, random: createRandom(seed) };
  const inTime = <T>(work: Promise<T>): Promise<T> => drive(clock, work, timeoutMs, () => progress.stage);
  try {
    await inTime(runStages(scenario, tools, progress, settings));
  } catch (error) {
    if (progress.stage === 'setup') {
      await scope.close().catch(() => undefined);
      throw error;
    }
    if (progress.stage === 'run') progress.outcome = { status: 'error', error, faults };
    progress.violations.push({ invariant: progress.stage === 'recover' ? '(recovers)' : '(ends in time)', error });
  }
  progress.stage = 'closing the scope';
  if (scope.size > 0) {
    await inTime(scope.close()).catch((error: unknown) => {
      progress.violations.push({ invariant: '(scope closes)', error });
    });
  }
  const { trace, outcome, violations, steps, fired } = progress;
  return { faults, trace, points: plan.points(), outcome, violations, fired: fired(), listSteps: steps };
}

async function runStages<World>(
  scenario: Scenario<World>,
  tools: Parameters<Scenario<World>['setup']>[0],
  progress: Progress,
  settings: RunSettings,
): Promise<void> {
  const plan = tools.faults;
  const faults = progress.outcome.faults;
  const world = await scenario.setup(tools);
  const before = plan.operations({ reads: true }).at(-1)?.sequence ?? 0;
  const armed = faults.map((fault) => {
    const { point, options } = createFaultOptions(plan, fault, settings.errors);
    return plan.inject(point, options);
  });
  progress.fired = () => armed.map((fault) => fault.fired > 0);
  const untrace = plan.trace(createTracer(plan, progress.trace, settings.errors));
  progress.stage = 'run';
  let thrown: { readonly error: unknown } | undefined;
  try {
    await scenario.run(world);
  } catch (error) {
    thrown = { error };
  }
  const status = plan.crashed ? 'crashed' : thrown === undefined ? 'ok' : 'error';
  progress.outcome = { status, ...thrown, faults };
  const count = plan.operations({ reads: true }).length;
  progress.steps = () =>
    plan
      .operations({ reads: true })
      .slice(0, count)
      .filter(({ sequence }) => sequence > before);
  untrace();
  plan.disarm();
  if (plan.crashed) {
    plan.restart();
    progress.stage = 'recover';
    await scenario.recover?.(world);
  }
  for (const [name, check] of Object.entries(scenario.invariants)) {
    progress.stage = `invariant "${name}"`;
    try {
      await check(world, progress.outcome);
    } catch (error) {
      progress.violations.push({ invariant: name, error });
    }
  }
}

function createTracer(plan: FaultPlan, trace: TracedPass[], errors: ErrorsByPoint): Parameters<FaultPlan['trace']>[0] {
  const points = new Map<string, { count: number; readonly read: boolean; readonly errors: readonly string[] }>();
  return ({ point }) => {
    let known = points.get(point);
    if (known === undefined) {
      const read = plan.descriptor(point).read ?? false;
      known = { count: 0, read, errors: [...listErrors(plan, point, errors).keys()] };
      points.set(point, known);
    }
    known.count += 1;
    trace.push({ point, call: known.count, read: known.read, errors: known.errors });
  };
}
