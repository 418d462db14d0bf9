import {
  at,
  corrupt,
  type Disruption,
  defineScenario,
  every,
  linkDown,
  lossy,
  partition,
  resetConnections,
  restart,
  slow,
  steady,
  suspend,
} from 'glovebox/scenarios';
import { linkOf, PORT } from '../test/support/fleet-lab.ts';
import {
  type FleetActors,
  type FleetParameters,
  type FleetRun,
  fleetMeasures,
  startFleet,
  submitTasks,
} from './fleet.ts';
import { fleetAnalysis, fleetVerdicts, recovered } from './verdicts.ts';

interface ChurnParameters extends FleetParameters {
  readonly tasksPerSecond: number;
}

const parameters: ChurnParameters = {
  ...{ workers: 20, slots: 4, durationMs: 20_000, disruptionEveryMs: 1000, wrong: 'none' },
  ...{ tasksPerSecond: 100 },
};

/** Every way in which one worker can be lost, or be hard to reach. */
function waysToLose({ actors: { lab, fleet } }: FleetRun): readonly ((worker: string) => Disruption)[] {
  return [
    (worker) => linkDown(linkOf(lab, worker)),
    (worker) => slow(linkOf(lab, worker), { delayMs: 80, jitterMs: 40 }),
    (worker) => lossy(linkOf(lab, worker), { percent: 20 }),
    (worker) => corrupt(linkOf(lab, worker), { percent: 20 }),
    (worker) => partition(lab, ['coordinator'], [worker]),
    (worker) => partition(lab, { from: ['coordinator'], to: [worker] }),
    (worker) => partition(lab, { from: [worker], to: ['coordinator'] }),
    (worker) => suspend(fleet.worker(worker)),
    (worker) => restart(fleet.worker(worker), { signal: 'SIGKILL' }),
  ];
}

/** The same rate of tasks all the time, while workers come and go in every way there is. */
export const churn = defineScenario<ChurnParameters, FleetActors>({
  name: 'steady load, continuous churn',
  description:
    'Tasks come at a steady rate, while one worker after another is lost in every way there is, and comes back.',
  parameters,
  quick: { workers: 6, durationMs: 3600, disruptionEveryMs: 350, tasksPerSecond: 40 },
  actors: (run) => startFleet(run),
  load: (run) =>
    steady({
      ...submitTasks(run, { steps: 10, stepMs: 10, checkpointEvery: 3, recordBytes: 100 }),
      ratePerSecond: run.parameters.tasksPerSecond,
      durationMs: run.parameters.durationMs,
    }),
  disruptions: (run) => {
    const { disruptionEveryMs: periodMs, durationMs } = run.parameters;
    const { fleet, lab, workers } = run.actors;
    // In turn, so that no two things happen to one worker at the same time.
    const names = run.random.fork('workers').shuffle([...workers.keys()]);
    const ways = run.random.fork('ways').shuffle(waysToLose(run));
    let turn = 0;
    return [
      every({
        periodMs,
        lastsMs: 2 * periodMs,
        disrupt: () => {
          const [way, name] = [ways[turn % ways.length], names[turn % names.length]];
          turn += 1;
          return way === undefined || name === undefined ? [] : way(name);
        },
      }),
      every({ periodMs: 4 * periodMs, disrupt: resetConnections(lab, { port: PORT }) }),
      at({ atMs: durationMs / 2, lastsMs: 300, disrupt: restart(fleet.coordinator, { signal: 'SIGKILL' }) }),
    ];
  },
  measures: fleetMeasures,
  eventually: recovered,
  verdicts: (run) => fleetVerdicts(run, 0.95),
  analysis: fleetAnalysis,
});
