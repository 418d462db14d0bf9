import { atLeast, check, defineScenario, every, restart, steady, suspend } from 'glovebox/scenarios';
import { type FleetActors, type FleetParameters, fleetMeasures, startFleet, submitTasks } from './fleet.ts';
import { fleetAnalysis, fleetVerdicts, recovered, resumption } from './verdicts.ts';

interface CheckpointParameters extends FleetParameters {
  readonly tasksPerSecond: number;
}

const parameters: CheckpointParameters = {
  ...{ workers: 20, slots: 2, durationMs: 20_000, disruptionEveryMs: 1500, wrong: 'none' },
  ...{ tasksPerSecond: 25 },
};

/** Long tasks that save much and often, and whose workers do not live long. */
export const checkpointHeavy = defineScenario<CheckpointParameters, FleetActors>({
  name: 'checkpoint-heavy',
  description: 'Long tasks that save much and often, while workers are killed and frozen.',
  parameters,
  quick: { workers: 6, durationMs: 2500, disruptionEveryMs: 400, tasksPerSecond: 10 },
  actors: (run) => startFleet(run),
  load: (run) =>
    steady({
      ...submitTasks(run, { steps: 40, stepMs: 20, checkpointEvery: 2, recordBytes: 500 }, { drainMs: 20_000 }),
      ratePerSecond: run.parameters.tasksPerSecond,
      durationMs: run.parameters.durationMs,
    }),
  disruptions: (run) => {
    const { disruptionEveryMs: periodMs } = run.parameters;
    const { fleet, workers } = run.actors;
    const names = run.random.fork('workers').shuffle([...workers.keys()]);
    // What is killed cannot be frozen.
    const [short, frozen] = [names.slice(0, names.length / 2), names.slice(names.length / 2)];
    return [
      every({
        periodMs,
        lastsMs: 200,
        disrupt: (random) => restart(fleet.worker(random.pick(short)), { signal: 'SIGKILL' }),
      }),
      every({
        periodMs: 2 * periodMs,
        lastsMs: 2 * periodMs,
        disrupt: (random) => suspend(fleet.worker(random.pick(frozen))),
      }),
    ];
  },
  measures: fleetMeasures,
  eventually: (run) => recovered(run, 25_000),
  verdicts: async (run) => {
    const { fleet } = run.actors;
    const events = fleet.events(fleet.coordinator);
    const restored = events.filter(({ event, fields }) => event === 'assign' && fields['step'] !== 0).length;
    const metrics = await fleet.metrics();
    return [
      ...(await fleetVerdicts(run, 0.95)),
      atLeast('tasks that were gone on with from a checkpoint', () => restored, 1),
      check('tasks go on from their last checkpoint', () => resumption(events)),
      atLeast('compression ratio', () => metrics.get('fleet_compression_ratio'), 3),
    ];
  },
  analysis: async (run) => {
    const { fleet } = run.actors;
    const events = fleet.events(fleet.coordinator);
    const again = events.filter(({ event, fields }) => event === 'assign' && Number(fields['attempt']) > 1);
    const created = events.filter(({ event }) => event === 'checkpoint').length;
    const saved = again.reduce((sum, { fields }) => sum + Number(fields['step']), 0);
    return [
      ...(await fleetAnalysis(run)),
      {
        title: 'What checkpoints were good for',
        paragraphs: [
          `${again.length} tasks were taken up by another worker, or by the next run of the same one. From their checkpoints ` +
            `these had ${saved} steps less to do than from the beginning; ${created} checkpoints were stored for that.`,
        ],
      },
    ];
  },
});
