import {
  backoffJitter,
  burst,
  type CheckResult,
  check,
  defineScenario,
  every,
  idle,
  noThunderingHerd,
  restart,
} from 'glovebox/scenarios';
import type { FleetEvent, FleetUnderTest } from '../test/support/fleet-under-test.ts';
import { type FleetActors, type FleetParameters, fleetMeasures, startFleet, submitTasks } from './fleet.ts';
import { fleetAnalysis, fleetVerdicts, recovered } from './verdicts.ts';

interface HerdParameters extends FleetParameters {
  readonly tasksAtOnce: number;
  readonly outageMs: number;
}

const parameters: HerdParameters = {
  ...{ workers: 20, slots: 4, durationMs: 20_000, disruptionEveryMs: 4000, wrong: 'none' },
  ...{ tasksAtOnce: 200, outageMs: 400 },
};

/** Waits after the loss of each connection, one list for each loss of each worker. */
export function waitsOf(events: readonly FleetEvent[]): readonly (readonly FleetEvent[])[] {
  const losses: FleetEvent[][] = [];
  for (const event of events) {
    if (event.event === 'connected') losses.push([]);
    else if (event.event === 'disconnected') losses.at(-1)?.push(event);
  }
  return losses.filter((waits) => waits.length > 0);
}

const retryMsOf = ({ fields }: FleetEvent): number => Number(fields['retryMs']);

/** Of all workers, the waits after the same loss. */
function lossesOf(fleet: FleetUnderTest): readonly (readonly (readonly FleetEvent[])[])[] {
  const byWorker = [...fleet.workers.values()].map((worker) => waitsOf(fleet.events(worker)));
  const most = Math.max(0, ...byWorker.map(({ length }) => length));
  return Array.from({ length: most }, (_, loss) => byWorker.flatMap((losses) => (losses[loss] ? [losses[loss]] : [])));
}

/**
 * When workers came back, since the first of them was lost: for when the attempt was planned that succeeded. When it was
 * made is up to the processor, too.
 */
function returnsOf(losses: readonly (readonly FleetEvent[])[]): readonly number[] {
  const firstMs = Math.min(...losses.flatMap((waits) => waits.map(({ toldMs }) => toldMs)));
  return losses.flatMap((waits) => waits.slice(-1).map((wait) => wait.toldMs + retryMsOf(wait) - firstMs));
}

function worst(results: readonly CheckResult[]): CheckResult {
  const failed = results.find(({ ok }) => !ok);
  return failed ?? results[0] ?? { ok: false, expected: 'losses', actual: 'no connection was lost' };
}

/** All workers lose the coordinator at the same moment, again and again, while tasks come in bursts. */
export const thunderingHerd = defineScenario<HerdParameters, FleetActors>({
  name: 'thundering herd',
  description: 'All workers lose the coordinator at the same moment, and come back, while tasks come in bursts.',
  parameters,
  quick: { workers: 8, durationMs: 2600, disruptionEveryMs: 1300, tasksAtOnce: 60 },
  actors: (run) => startFleet(run),
  load: (run) => {
    const { durationMs, disruptionEveryMs, tasksAtOnce } = run.parameters;
    return [
      burst({
        ...submitTasks(run, { stepMs: 10 }),
        count: tasksAtOnce,
        everyMs: disruptionEveryMs,
        times: Math.max(1, Math.floor(durationMs / disruptionEveryMs)),
      }),
      idle({ durationMs }),
    ];
  },
  disruptions: (run) => {
    const { disruptionEveryMs, outageMs } = run.parameters;
    const { fleet } = run.actors;
    const disrupt = restart(fleet.coordinator, { signal: 'SIGKILL' });
    return [every({ periodMs: disruptionEveryMs, firstMs: 100, lastsMs: outageMs, disrupt })];
  },
  measures: fleetMeasures,
  eventually: recovered,
  verdicts: async (run) => [
    ...(await fleetVerdicts(run, 0.9)),
    check('workers wait for different times', () =>
      backoffJitter(
        lossesOf(run.actors.fleet)
          .flat()
          .map((waits) => waits.map(retryMsOf)),
      ),
    ),
    check('workers do not come back in a herd', () =>
      worst(
        lossesOf(run.actors.fleet)
          .filter(({ length }) => length > run.parameters.workers / 2)
          .map((losses) => noThunderingHerd(returnsOf(losses), { windowMs: 50, mostPercent: 80 })),
      ),
    ),
  ],
  analysis: async (run) => [
    ...(await fleetAnalysis(run)),
    {
      title: 'Coming back',
      paragraphs: ['After each loss: how many attempts it took the workers, and how long.'],
      table: {
        columns: ['loss', 'workers', 'mean attempts', 'longest wait (ms)'],
        rows: lossesOf(run.actors.fleet).map((losses, index) => [
          index + 1,
          losses.length,
          Number((losses.reduce((sum, waits) => sum + waits.length, 0) / losses.length).toFixed(1)),
          Math.round(Math.max(...losses.map((waits) => waits.reduce((sum, wait) => sum + retryMsOf(wait), 0)))),
        ]),
      },
    },
  ],
});
