import { settlePromises } from '../../core/settle.js';
import type { Disrupt, Disruption, DisruptionContext } from '../disruptions/disruption.js';
import { DisruptionPlan } from '../disruptions/disruption-plan.js';
import type { DisruptionRun } from '../disruptions/disruption-run.js';
import type { DisruptionSchedule } from '../disruptions/schedule.js';
import type { DisruptionRecord } from '../scenario-result.js';
import type { RunState } from './run-state.js';

/** What goes wrong on purpose in a scenario. */
export class ScenarioDisruptions {
  readonly #plan: DisruptionPlan;
  readonly #state: RunState;
  #run: DisruptionRun | undefined;
  /** When the load began, in milliseconds since the scenario did: schedules count from there. */
  #offsetMs = 0;

  /** @throws UsageError with every mistake */
  constructor(schedules: readonly DisruptionSchedule[], state: RunState) {
    // Looked over first: what is wrong is told of what the test wrote.
    const { schedules: checked } = new DisruptionPlan(schedules);
    this.#plan = new DisruptionPlan(checked.map((schedule) => watchSchedule(schedule, state)));
    this.#state = state;
  }

  get isEmpty(): boolean {
    return this.#plan.schedules.length === 0;
  }

  /** Resolves when nothing more will begin, and all that has an end has ended. */
  get completed(): Promise<void> {
    return this.#run?.completed ?? Promise.resolve();
  }

  /** Those in effect now. */
  get active(): readonly DisruptionRecord[] {
    return this.#run?.active() ?? [];
  }

  start(): void {
    const { clock, random, signal } = this.#state;
    this.#offsetMs = this.#state.elapsedMs();
    const startedMs = clock.now();
    this.#run = this.#plan.start({ clock, random: random.fork('disruptions'), signal, startedMs });
  }

  /** Takes everything back; safe to call twice. It never rejects. */
  async heal(): Promise<readonly DisruptionRecord[]> {
    await this.#run?.heal();
    return this.records();
  }

  /** In milliseconds since the run began. */
  records(): readonly DisruptionRecord[] {
    return (this.#run?.records() ?? []).map((record) => ({
      ...record,
      fromMs: record.fromMs + this.#offsetMs,
      ...(record.untilMs !== undefined && { untilMs: record.untilMs + this.#offsetMs }),
    }));
  }
}

/** The same schedule, of which actors are told what is done to their processes: an end is no accident then. */
function watchSchedule(schedule: DisruptionSchedule, state: RunState): DisruptionSchedule {
  const { description, lastsMs, disrupt } = schedule;
  return {
    description,
    ...(lastsMs !== undefined && { lastsMs }),
    disrupt: watchDisrupt(disrupt, state),
    explainNever: () => schedule.explainNever?.(),
    follow: (context, begin) => schedule.follow(context, begin),
  };
}

function watchDisrupt(disrupt: Disrupt, state: RunState): Disrupt {
  if (typeof disrupt === 'function') return (random) => watchAll(disrupt(random), state);
  return watchAll(disrupt, state);
}

function watchAll(given: Disruption | readonly Disruption[], state: RunState): Disruption | readonly Disruption[] {
  if (isList(given)) return given.map((each) => watchDisruption(each, state));
  return watchDisruption(given, state);
}

function watchDisruption(disruption: Disruption, state: RunState): Disruption {
  // What is none is found out by those who know what one is.
  if (typeof disruption?.begin !== 'function') return disruption;
  const { kind, target, subject, details, lasts } = disruption;
  const actor = state.scenarioActors.find(({ process }) => process !== undefined && process === subject);
  return {
    kind,
    target: actor?.name ?? target,
    ...(details !== undefined && { details }),
    ...(lasts !== undefined && { lasts }),
    begin: (context) => disruption.begin(watchContext(context, state)),
  };
}

function watchContext(context: DisruptionContext, state: RunState): DisruptionContext {
  const { clock, random, signal } = context;
  const expectExit = (subject: unknown): (() => void) =>
    state.scenarioActors.find(({ process }) => process !== undefined && process === subject)?.expectExit() ??
    (() => {});
  return {
    clock,
    random,
    signal,
    get isCalledOff() {
      return context.isCalledOff;
    },
    describe: (details) => context.describe(details),
    defer: (undo) => context.defer(undo),
    hold: async (subject, aspect, value, apply) => {
      // Taken back after the hold: in reverse order.
      context.defer(expectExit(subject));
      await context.hold(subject, aspect, value, apply);
    },
    inTurn: async (subject, action) => {
      const expectNoMore = expectExit(subject);
      try {
        return await context.inTurn(subject, action);
      } finally {
        // Whoever watches for the end hears of it first.
        await settlePromises();
        expectNoMore();
      }
    },
  };
}

function isList(value: Disruption | readonly Disruption[]): value is readonly Disruption[] {
  return Array.isArray(value);
}
