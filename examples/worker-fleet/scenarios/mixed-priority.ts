import {
  at,
  atMost,
  check,
  defineScenario,
  mixedPriority as mixed,
  percentile,
  priorityRespected,
  type QueuedWork,
  restart,
} from 'glovebox/scenarios';
import { PRIORITIES, type Priority, rankOf } from '../src/task.ts';
import type { FleetEvent } from '../test/support/fleet-under-test.ts';
import { type FleetActors, type FleetParameters, fleetMeasures, startFleet, submitTasks } from './fleet.ts';
import { fleetAnalysis, fleetVerdicts, recovered } from './verdicts.ts';

interface MixedParameters extends FleetParameters {
  readonly tasksPerSecond: number;
}

const parameters: MixedParameters = {
  ...{ workers: 20, slots: 2, durationMs: 10_000, disruptionEveryMs: 5000, wrong: 'none' },
  ...{ tasksPerSecond: 270 },
};

/** Coordinators log in whole milliseconds. */
const TOLERANCE_MS = 5;

/** What waited for a worker, and when it had its turn, by the coordinator's own log. */
export function queuedWork(events: readonly FleetEvent[]): readonly QueuedWork[] {
  const work = new Map<string, { id: string; priority: number; queuedMs: number; startedMs?: number }>();
  for (const { event, fields, toldMs } of events) {
    const id = String(fields['task']);
    if (event === 'submit') work.set(id, { id, priority: rankOf(toPriority(fields['priority'])), queuedMs: toldMs });
    const known = work.get(id);
    if (event === 'assign' && known !== undefined) known.startedMs ??= toldMs;
  }
  return [...work.values()];
}

function toPriority(word: unknown): Priority {
  return PRIORITIES.find((priority) => priority === word) ?? 'normal';
}

/** More tasks than the fleet can do, of three priorities. */
export const mixedPriority = defineScenario<MixedParameters, FleetActors>({
  name: 'mixed priority',
  description: 'More tasks than the fleet can do for a while: the urgent ones do not wait, others wait for long.',
  parameters,
  quick: { workers: 6, durationMs: 2500, disruptionEveryMs: 1200, tasksPerSecond: 90 },
  actors: (run) => startFleet(run),
  load: (run) =>
    mixed({
      ...submitTasks(run, ({ kind }) => ({ priority: toPriority(kind), steps: 10, stepMs: 20 }), { drainMs: 20_000 }),
      ratePerSecond: run.parameters.tasksPerSecond,
      durationMs: run.parameters.durationMs,
      shares: { high: 1, normal: 6, low: 3 },
    }),
  disruptions: (run) => {
    const { disruptionEveryMs } = run.parameters;
    const { fleet } = run.actors;
    const disrupt = restart(fleet.coordinator, { signal: 'SIGKILL' });
    return [at({ atMs: disruptionEveryMs, lastsMs: 200, disrupt })];
  },
  measures: fleetMeasures,
  eventually: (run) => recovered(run, 25_000),
  verdicts: async (run) => {
    const { fleet } = run.actors;
    const percentileOf = (priority: Priority, wanted: number) =>
      percentile(run.measure(`latency of ${priority} tasks`), wanted);
    return [
      ...(await fleetVerdicts(run, 0.95)),
      check('the most urgent tasks are begun first', () =>
        priorityRespected(queuedWork(fleet.events(fleet.coordinator)), {
          urgent: 'smallest',
          toleranceMs: TOLERANCE_MS,
        }),
      ),
      check('urgent tasks wait less than others', () => {
        const [urgent, others] = [percentileOf('high', 50), percentileOf('low', 50)];
        return {
          ok: urgent.value < others.value,
          expected: 'half of the urgent ones are faster than half of the low ones',
          actual: `${urgent.words}; low: ${others.words}`,
        };
      }),
      atMost('latency of low tasks, p90', () => percentileOf('low', 90), 1000).expectedToFail({
        reason:
          'priorities are strict: while more urgent tasks come than can be done, low ones wait, for as long as that goes on. ' +
          'A queue in which tasks age would bound that; the coordinator has none',
      }),
    ];
  },
  analysis: async (run) => [
    ...(await fleetAnalysis(run)),
    {
      title: 'Latency by priority',
      table: {
        columns: ['priority', 'tasks', 'p50 (ms)', 'p90 (ms)', 'max (ms)'],
        rows: PRIORITIES.map((priority) => {
          const measure = run.measure(`latency of ${priority} tasks`);
          if (measure.kind !== 'histogram') return [priority];
          const read = (wanted: number): number => Math.round(percentile(measure, wanted).value);
          return [priority, measure.count, read(50), read(90), Math.round(measure.max)];
        }),
      },
    },
  ],
});
