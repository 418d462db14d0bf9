import { createLab } from 'glovebox/netns';
import { createTempFolder } from 'glovebox/process';
import {
  type Actor,
  type Arrival,
  fromFunction,
  fromProcess,
  fromPrometheus,
  type MeasureSource,
  type RunningScenario,
  type ScenarioRun,
} from 'glovebox/scenarios';
import type { Outcome, Priority, Task } from '../src/task.ts';
import { type FleetLab, fleetLab, hostOf, workerNames } from '../test/support/fleet-lab.ts';
import { type FleetOptions, FleetUnderTest } from '../test/support/fleet-under-test.ts';
import { ForgetfulInbox } from '../test/support/wrong/parts.ts';
import { WRONG_PROGRAMS, type Wrong } from '../test/support/wrong/programs.ts';
import { figuresOf } from './figures.ts';

/** What all scenarios of the fleet can be given. */
export interface FleetParameters {
  readonly workers: number;
  /** How many tasks a worker does at once. */
  readonly slots: number;
  readonly durationMs: number;
  /** From one disruption to the next. */
  readonly disruptionEveryMs: number;
  /** What is wrong with the fleet, on purpose: `none`, `no-jitter`… */
  readonly wrong: Wrong;
}

/** What takes part. */
export interface FleetActors {
  readonly lab: FleetLab;
  readonly fleet: FleetUnderTest;
  readonly workers: ReadonlyMap<string, Actor>;
  /** Every task that was submitted, by its id. */
  readonly tasks: Map<string, Task>;
}

export type FleetRun = RunningScenario<FleetParameters, FleetActors>;

/** Makes the network, starts the fleet in it, and tells the run who takes part. */
export async function startFleet(
  run: ScenarioRun<FleetParameters>,
  options: Partial<FleetOptions> = {},
): Promise<FleetActors> {
  const { workers: count, slots, wrong } = run.parameters;
  const folder = run.own(createTempFolder({ prefix: 'fleet-' }), 'folder of the store');
  const lab: FleetLab = run.own(await createLab(fleetLab(count)), 'lab');
  const started = await FleetUnderTest.start({
    placeOf: (name) => hostOf(lab, name),
    address: hostOf(lab, 'coordinator').address,
    folder: folder.path,
    workers: workerNames(count),
    slots,
    programs: WRONG_PROGRAMS[wrong],
    ...(wrong === 'deliver-twice' ? { client: { inbox: new ForgetfulInbox() } } : {}),
    ...options,
  });
  const fleet = run.own(started, 'fleet');
  run.actor('coordinator', {
    kind: 'coordinator',
    process: fleet.coordinator,
    totals: () => figuresOf(fleet).coordinator(),
  });
  const workers = new Map(
    [...fleet.workers].map(([name, process]) => [
      name,
      run.actor(name, { kind: 'worker', process, totals: () => figuresOf(fleet).worker(name) }),
    ]),
  );
  return { lab, fleet, workers, tasks: new Map() };
}

/**
 * What the load of a scenario does: it submits a task for each arrival.
 *
 * @param task - What the tasks are about, or each is.
 */
export function submitTasks(
  run: FleetRun,
  task: Partial<Task> | ((arrival: Arrival) => Partial<Task>),
  { drainMs = 15_000 }: { readonly drainMs?: number } = {},
): { readonly name: string; readonly drainMs: number; readonly perform: (arrival: Arrival) => Promise<void> } {
  return {
    name: 'tasks',
    drainMs,
    perform: (arrival) => {
      const given = typeof task === 'function' ? task(arrival) : task;
      return perform(run, createTask(run, arrival.id, given));
    },
  };
}

/** Submits a task; resolves when it is done, rejects when it has failed. */
async function perform({ actors, measures }: FleetRun, task: Task): Promise<void> {
  const { fleet, tasks } = actors;
  tasks.set(task.id, task);
  const beganMs = performance.now();
  const outcome: Outcome = await fleet.submit(task);
  const options = { unit: 'ms', description: 'From submission to the outcome, as the client sees it' };
  measures.histogram(`latency of ${task.priority} tasks`, options).record(performance.now() - beganMs);
  if (!outcome.isDone) throw new Error(outcome.value);
}

/** Where the figures of a run come from. */
export function fleetMeasures({ actors: { fleet, lab } }: FleetRun): readonly MeasureSource[] {
  const client = hostOf(lab, 'client');
  // While the coordinator is killed nobody answers, and then it counts anew.
  const options = {
    fetch: client.fetch.bind(client),
    mayBeAway: true,
    mayRestart: true,
    intervalMs: 250,
  };
  return [
    fromPrometheus(fleet.metricsUrl, {
      ...options,
      metrics: [
        { metric: 'fleet_workers_connected', name: 'workers connected', unit: 'workers', better: 'higher' },
        { metric: 'fleet_tasks_pending', name: 'tasks that wait', unit: 'tasks' },
        { metric: 'fleet_tasks_running', name: 'tasks that workers do', unit: 'tasks' },
        { metric: 'fleet_tasks_requeued_total', name: 'tasks taken from workers', unit: 'tasks' },
        { metric: 'fleet_messages_sent_total', name: 'messages sent', unit: 'messages' },
        { metric: 'fleet_messages_received_total', name: 'messages received', unit: 'messages' },
        { metric: 'fleet_messages_resent_total', name: 'messages sent again', unit: 'messages' },
        { metric: 'fleet_message_plain_bytes_total', name: 'bytes of messages', unit: 'bytes' },
        { metric: 'fleet_message_wire_bytes_total', name: 'bytes of messages, compressed', unit: 'bytes' },
        { metric: 'fleet_message_delivery_seconds', name: 'time to the acknowledgement', unit: 's' },
        { metric: 'fleet_checkpoints_created_total', name: 'checkpoints created', unit: 'checkpoints' },
        { metric: 'fleet_checkpoints_restored_total', name: 'checkpoints restored', unit: 'checkpoints' },
        { metric: 'fleet_compression_ratio', name: 'compression ratio', better: 'higher' },
      ],
    }),
    fromPrometheus(fleet.metricsUrl, {
      ...options,
      intervalMs: 500,
      actorLabel: 'worker',
      metrics: [
        { metric: 'fleet_worker_tasks_done_total', name: 'tasks done', unit: 'tasks' },
        { metric: 'fleet_worker_reconnections_total', name: 'reconnections', unit: 'reconnections' },
        { metric: 'fleet_worker_resident_bytes', name: 'memory', unit: 'bytes' },
      ],
    }),
    fromProcess(fleet.coordinator, { actor: 'coordinator', intervalMs: 500, mayBeAway: true }),
    fromFunction('outcomes', () => fleet.outcomes.length, {
      kind: 'counter',
      unit: 'tasks',
      better: 'higher',
      intervalMs: 250,
    }),
  ];
}

/** A task of a scenario: `given` is what it is about. */
function createTask(run: FleetRun, id: number, given: Partial<Task>): Task {
  const priority: Priority = 'normal';
  return {
    ...{ id: `task-${id}`, priority, input: `input ${id} of seed ${run.seed}` },
    ...{ steps: 5, stepMs: 20, checkpointEvery: 0, recordBytes: 0, ...given },
  };
}
