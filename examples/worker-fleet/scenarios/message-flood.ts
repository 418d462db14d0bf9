import {
  check,
  corrupt,
  defineScenario,
  every,
  fairDistribution,
  flood,
  lossy,
  resetConnections,
  slow,
} from 'glovebox/scenarios';
import { linkOf, PORT } from '../test/support/fleet-lab.ts';
import { type FleetActors, type FleetParameters, fleetMeasures, startFleet, submitTasks } from './fleet.ts';
import { fleetAnalysis, fleetVerdicts, recovered } from './verdicts.ts';

interface FloodParameters extends FleetParameters {
  /** How many tasks are under way at any time. */
  readonly inFlight: number;
  /** How far a worker may be from its share. One whose connection is reset at the wrong moment gets less of a short run. */
  readonly shareWithinPercent: number;
}

const parameters: FloodParameters = {
  ...{ workers: 20, slots: 16, durationMs: 15_000, disruptionEveryMs: 3000, wrong: 'none' },
  ...{ inFlight: 400, shareWithinPercent: 75 },
};

/** As many messages as the fleet can take: tasks that are no work. */
export const messageFlood = defineScenario<FloodParameters, FleetActors>({
  name: 'message flood',
  description:
    'As many tasks as the fleet can take, each of them hardly any work, while the coordinator is hard to reach.',
  parameters,
  quick: { workers: 6, durationMs: 2000, disruptionEveryMs: 500, inFlight: 200, shareWithinPercent: 90 },
  actors: (run) => startFleet(run),
  load: (run) =>
    flood({
      ...submitTasks(run, { steps: 1, stepMs: 0 }),
      inFlight: run.parameters.inFlight,
      durationMs: run.parameters.durationMs,
    }),
  disruptions: (run) => {
    const { disruptionEveryMs: periodMs } = run.parameters;
    const { lab } = run.actors;
    const link = linkOf(lab, 'coordinator');
    const ways = [
      slow(link, { delayMs: 20, jitterMs: 10 }),
      lossy(link, { percent: 2 }),
      corrupt(link, { percent: 2 }),
    ];
    return [
      every({ periodMs, lastsMs: periodMs / 2, disrupt: (random) => random.pick(ways) }),
      every({ periodMs, firstMs: periodMs / 2, disrupt: resetConnections(lab, { port: PORT }) }),
    ];
  },
  measures: fleetMeasures,
  eventually: recovered,
  verdicts: async (run) => {
    const { fleet, workers } = run.actors;
    const counts = Object.fromEntries([...workers.keys()].map((name) => [name, 0]));
    for (const { worker } of fleet.outcomes) counts[worker] = (counts[worker] ?? 0) + 1;
    return [
      ...(await fleetVerdicts(run, 0.9)),
      check('the work is shared', () => fairDistribution(counts, { withinPercent: run.parameters.shareWithinPercent })),
    ];
  },
  analysis: fleetAnalysis,
});
