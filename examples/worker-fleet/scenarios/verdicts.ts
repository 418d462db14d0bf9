import {
  type AnalysisSection,
  amount,
  atLeast,
  type CheckResult,
  type Condition,
  check,
  condition,
  conservation,
  exactlyOnce,
  type FinishedScenario,
  monotonic,
  ratio,
  type Verdict,
} from 'glovebox/scenarios';
import { solve } from '../src/worker/task-run.ts';
import type { FleetEvent } from '../test/support/fleet-under-test.ts';
import { figuresOf } from './figures.ts';
import type { FleetActors, FleetParameters, FleetRun } from './fleet.ts';

export type FinishedFleet = FinishedScenario<FleetParameters, FleetActors>;

/** What holds in the end of every scenario. */
export function recovered(run: FleetRun, withinMs = 15_000): readonly Condition[] {
  const { fleet } = run.actors;
  const { workers } = run.parameters;
  return [
    condition(
      'every worker is connected',
      async () => (await fleet.metrics()).get('fleet_workers_connected') === workers,
      {
        withinMs,
      },
    ),
    condition('every task has an outcome', () => fleet.client.pending === 0, { withinMs }),
  ];
}

/** What is asked of every scenario. @param leastShare of tasks that have to succeed */
export async function fleetVerdicts(run: FinishedFleet, leastShare: number): Promise<readonly Verdict[]> {
  const { fleet, tasks } = run.actors;
  const metrics = await fleet.metrics();
  const countOf = (name: string): number => metrics.get(name) ?? Number.NaN;
  const loads = run.loads.filter(({ name }) => name !== 'idle');
  const sum = (of: 'planned' | 'succeeded'): number => loads.reduce((total, load) => total + load[of], 0);
  return [
    atLeast('tasks that succeed', () => ratio(sum('succeeded'), sum('planned')), leastShare),
    check('each task has one outcome', () => {
      const received = fleet.outcomes.map(({ taskId }) => taskId);
      return exactlyOnce({ sent: fleet.submitted, received, what: 'task' });
    }),
    check('the coordinator accounts for each task', () =>
      conservation({
        sent: fleet.submitted.length,
        received: countOf('fleet_tasks_done_total'),
        dropped: countOf('fleet_tasks_failed_total'),
        pending:
          countOf('fleet_tasks_submitted_total') -
          countOf('fleet_tasks_done_total') -
          countOf('fleet_tasks_failed_total'),
        what: 'task',
      }),
    ),
    check('each result is the right one', () => {
      const wrong = fleet.outcomes.filter(({ taskId, isDone, value }) => {
        const task = tasks.get(taskId);
        return task !== undefined && isDone && value !== solve(task);
      });
      return {
        ok: wrong.length === 0,
        expected: 'what the steps of the task come to, one after the other',
        actual: `${wrong.length} of ${fleet.outcomes.length} are wrong`,
        details: wrong.slice(0, 10).map(({ taskId, worker }) => `${taskId}, by ${worker}`),
      };
    }),
  ];
}

/**
 * How long a worker was connected between two times, by its own log, in milliseconds. One that loses a packet of TCP's
 * handshake is away for a second, for so long the kernel waits until it sends that again: a large part of a short run.
 */
export function connectedMs(events: readonly FleetEvent[], fromMs: number, untilMs: number): number {
  let sinceMs: number | undefined;
  let sumMs = 0;
  const end = (atMs: number): void => {
    if (sinceMs !== undefined) sumMs += Math.max(0, Math.min(atMs, untilMs) - Math.max(sinceMs, fromMs));
    sinceMs = undefined;
  };
  for (const { event, toldMs } of events) {
    if (event === 'connected') sinceMs = toldMs;
    else if (event === 'disconnected') end(toldMs);
  }
  end(untilMs);
  return sumMs;
}

/** Whoever takes a task up begins where its last checkpoint was, and not before. */
export function resumption(events: readonly FleetEvent[]): CheckResult {
  const progress = new Map<unknown, number[]>();
  for (const { event, fields } of events) {
    const { task, step } = fields;
    if ((event !== 'checkpoint' && event !== 'assign') || typeof step !== 'number') continue;
    const steps = progress.get(task) ?? [];
    progress.set(task, steps);
    // One that comes late from a worker that was given up is no step back.
    if (event === 'assign') steps.push(step);
    else steps.push(Math.max(step, steps.at(-1) ?? 0));
  }
  const back = [...progress].flatMap(([task, steps]) => {
    const found = monotonic(steps, { what: 'progress' });
    return found.ok ? [] : [`${task}: ${found.details?.[0] ?? found.actual}`];
  });
  return {
    ok: back.length === 0,
    expected: 'each task is gone on with from its last checkpoint',
    actual: `${back.length} of ${progress.size} tasks were begun further back`,
    details: back.slice(0, 10),
  };
}

/** The figures that the report has of every scenario, beside those of each actor. */
export async function fleetAnalysis(run: FinishedFleet): Promise<readonly AnalysisSection[]> {
  const { fleet, workers } = run.actors;
  const all = [...workers.keys()].map((name) => figuresOf(fleet).worker(name));
  const total = (figure: string): number => all.reduce((sum, figures) => sum + (figures[figure] ?? 0), 0);
  const metrics = await fleet.metrics();
  const of = (name: string): number => metrics.get(name) ?? 0;
  const messages = of('fleet_messages_sent_total') + of('fleet_messages_received_total');
  const reconnections = total('reconnections');
  const seconds = run.elapsedMs() / 1000;
  const meanOf = (figure: string): number =>
    all.reduce((sum, figures) => sum + (figures[figure] ?? 0), 0) / Math.max(1, all.length);
  return [
    {
      title: 'The fleet in figures',
      paragraphs: ['Figures of messages and bytes are those of the coordinator since it was last started.'],
      table: {
        columns: ['figure', 'value'],
        rows: [
          ['reconnections', reconnections],
          ['mean time to reconnect', amount(Math.round(meanOf('mean time to reconnect (ms)')), 'ms').words],
          [
            'attempts to connect that succeed, mean',
            amount(Math.round(meanOf('connections that succeed (%)')), '%').words,
          ],
          ['tasks done a second', Math.round(fleet.outcomes.length / seconds)],
          ['messages a second', Math.round(messages / seconds)],
          [
            'mean size of a message',
            amount(Math.round(of('fleet_message_plain_bytes_total') / Math.max(1, messages)), 'bytes').words,
          ],
          ['compression ratio', Number(of('fleet_compression_ratio').toFixed(2))],
          ['checkpoints created', figuresOf(fleet).coordinator()['checkpoints created'] ?? 0],
          ['tasks taken up from a checkpoint', total('taken up from a checkpoint')],
          ['memory of the coordinator', amount(Math.round(of('fleet_resident_bytes') / 2 ** 20), 'MiB').words],
        ],
      },
    },
  ];
}
