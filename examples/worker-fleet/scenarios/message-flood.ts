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
import { connectedMs, fleetAnalysis, fleetVerdicts, recovered } from './verdicts.ts';

interface FloodParameters extends FleetParameters {
  /** How many tasks are under way at any time. */
  readonly inFlight: number;
  /** How far a worker may be from its share: in a short run what it had when its connection was reset is much of that. */
  readonly shareWithinPercent: number;
}

/** Who was there for a smaller part of the time is not compared with the others: its share is hardly more than chance. */
const LEAST_PART = 0.25;

const parameters: FloodParameters = {
  ...{ workers: 20, slots: 16, durationMs: 15_000, disruptionEveryMs: 3000, wrong: 'none' },
  ...{ inFlight: 400, shareWithinPercent: 40 },
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
    const { fleet } = run.actors;
    const submits = fleet.events(fleet.coordinator, 'submit').map(({ toldMs }) => toldMs);
    const [fromMs = 0, untilMs = 0] = [submits[0], submits.at(-1)];
    const present = [...fleet.workers]
      .map(([name, worker]) => [name, connectedMs(fleet.events(worker), fromMs, untilMs)] as const)
      .filter(([, ms]) => ms >= (untilMs - fromMs) * LEAST_PART);
    const countOf = (name: string): number => fleet.outcomes.filter(({ worker }) => worker === name).length;
    const counts = Object.fromEntries(present.map(([name]) => [name, countOf(name)]));
    const weights = Object.fromEntries(present);
    const { shareWithinPercent: withinPercent } = run.parameters;
    return [
      ...(await fleetVerdicts(run, 0.9)),
      check('the work is shared by those who are connected', () =>
        fairDistribution(counts, { withinPercent, weights }),
      ),
    ];
  },
  analysis: fleetAnalysis,
});
