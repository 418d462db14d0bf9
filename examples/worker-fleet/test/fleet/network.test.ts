import { until } from 'glovebox';
import type { Task } from '../../src/task.ts';
import { solve } from '../../src/worker/task-run.ts';
import { describe, expect, shareFleet } from '../support/fixture.ts';
import { hostOf, linkOf } from '../support/fleet-lab.ts';
import type { FleetUnderTest } from '../support/fleet-under-test.ts';
import { taskOf } from '../support/memory-fleet.ts';
import { swapWords } from '../support/swap-words.ts';

const test = shareFleet({ count: 3, damage: 'wire', slots: 2, leaseMs: 300 });

const tasksOf = (name: string, given: Partial<Task> = {}) =>
  Array.from({ length: 12 }, (_, index) => taskOf(`${name}-${index}`, { steps: 10, stepMs: 10, ...given }));

/** Each of these has one outcome, and the right one. */
function expectAllOnce(fleet: FleetUnderTest, tasks: readonly Task[]): void {
  const ids = new Set(tasks.map(({ id }) => id));
  const outcomes = fleet.outcomes.filter(({ taskId }) => ids.has(taskId));
  expect(outcomes.map(({ taskId }) => taskId).toSorted()).toEqual([...ids].toSorted());
  for (const task of tasks) expect(outcomes.find(({ taskId }) => taskId === task.id)?.value).toBe(solve(task));
}

/** Those that have lost a connection from one line of the log on, as the coordinator saw it. */
function lostSince(fleet: FleetUnderTest, sinceMs: number): readonly unknown[] {
  const lost = fleet.events(fleet.coordinator, 'disconnected').filter(({ atMs }) => atMs >= sinceMs);
  return [...new Set(lost.map(({ fields }) => fields['name']))].toSorted();
}

const lastMs = (fleet: FleetUnderTest) => fleet.events(fleet.coordinator).at(-1)?.atMs ?? 0;

const lostBy = (fleet: FleetUnderTest, name: string, count: number) =>
  until(() => fleet.events(fleet.worker(name), 'disconnected').length > count, { description: `${name} to notice` });

describe('The network', () => {
  test('a link that is down takes one worker away, whose tasks others do, and that comes back', async ({ shared }) => {
    const { fleet, lab } = shared;
    const sinceMs = lastMs(fleet) + 1;
    const tasks = tasksOf('down', { steps: 20 });
    for (const task of tasks) void fleet.submit(task);
    await until(() => fleet.events(fleet.worker('worker-1'), 'begin').length > 0);
    linkOf(lab, 'worker-1').down();
    await fleet.settle();
    expectAllOnce(fleet, tasks);
    expect(fleet.outcomes.some(({ attempts }) => attempts > 1)).toBe(true);
    linkOf(lab, 'worker-1').up();
    await fleet.connected();
    expect(lostSince(fleet, sinceMs)).toEqual(['worker-1']);
  });

  test('in a partition the part with the coordinator goes on, and the other one comes back', async ({ shared }) => {
    const { fleet, lab } = shared;
    const sinceMs = lastMs(fleet) + 1;
    const cut = lab.partition(['coordinator', 'client', 'worker-3'], ['worker-1', 'worker-2']);
    await fleet.connected(1);
    const tasks = tasksOf('cut');
    await fleet.submitAll(tasks);
    expectAllOnce(fleet, tasks);
    const done = fleet.outcomes.filter(({ taskId }) => taskId.startsWith('cut-'));
    expect(new Set(done.map(({ worker }) => worker))).toEqual(new Set(['worker-3']));
    expect(cut.dropped).toBeGreaterThan(0);
    cut.heal();
    await fleet.connected();
    expect(lostSince(fleet, sinceMs)).toEqual(['worker-1', 'worker-2']);
  });

  test('a partial partition, of some from others, is of no concern to those that need not hear each other', async ({
    shared,
  }) => {
    const { fleet, lab } = shared;
    const sinceMs = lastMs(fleet) + 1;
    lab.partition(['worker-1'], ['worker-2', 'worker-3']);
    const tasks = tasksOf('partial');
    await fleet.submitAll(tasks);
    expectAllOnce(fleet, tasks);
    expect(lostSince(fleet, sinceMs)).toEqual([]);
  });

  test.for([
    ['that no longer hears the coordinator', { from: ['coordinator'], to: ['worker-2'] }],
    ['that the coordinator no longer hears', { from: ['worker-2'], to: ['coordinator'] }],
  ] as const)('a worker %s is found out by both, and comes back', async ([name, cut], { shared }) => {
    const { fleet, lab } = shared;
    const sinceMs = lastMs(fleet) + 1;
    const before = fleet.events(fleet.worker('worker-2'), 'disconnected').length;
    const oneWay = lab.partition(cut);
    const tasks = tasksOf(name);
    for (const task of tasks) void fleet.submit(task);
    await lostBy(fleet, 'worker-2', before);
    await fleet.connected(2);
    await fleet.settle();
    expectAllOnce(fleet, tasks);
    expect(lostSince(fleet, sinceMs)).toEqual(['worker-2']);
    expect(oneWay.dropped).toBeGreaterThan(0);
    oneWay.heal();
    await fleet.connected();
  });

  test('a slow network is slow, and nothing else: nobody is given up', async ({ shared }) => {
    const { fleet, lab } = shared;
    const sinceMs = lastMs(fleet) + 1;
    const before = await fleet.metrics();
    linkOf(lab, 'coordinator').impair({ both: { delayMs: 60, jitterMs: 20 } });
    const tasks = tasksOf('slow');
    await fleet.submitAll(tasks);
    expectAllOnce(fleet, tasks);
    const after = await fleet.metrics();
    const grown = (metric: string) => (after.get(metric) ?? 0) - (before.get(metric) ?? 0);
    const meanMs = (1000 * grown('fleet_message_delivery_seconds_sum')) / grown('fleet_message_delivery_seconds_count');
    expect(meanMs).toBeGreaterThan(80);
    expect(lostSince(fleet, sinceMs)).toEqual([]);
  });

  test('of frames that are lost nothing is seen but that it takes longer', async ({ shared }) => {
    const { fleet, lab } = shared;
    const { lost } = linkOf(lab, 'worker-3').counts('bToA');
    linkOf(lab, 'worker-3').impair({ both: { lossPercent: 15 }, seed: 7 });
    const tasks = tasksOf('lossy');
    await fleet.submitAll(tasks);
    expectAllOnce(fleet, tasks);
    expect(linkOf(lab, 'worker-3').counts('bToA').lost).toBeGreaterThan(lost);
  });

  test('of frames with a wrong bit that TCP sees, the fleet sees none', async ({ shared }) => {
    const { fleet, lab } = shared;
    const host = hostOf(lab, 'worker-1');
    const before = await fleet.metrics();
    linkOf(lab, 'worker-1').impair({ both: { corruptPercent: 20 }, seed: 7 });
    const tasks = tasksOf('wrong bits');
    await fleet.submitAll(tasks);
    expectAllOnce(fleet, tasks);
    expect(linkOf(lab, 'worker-1').counts('bToA').corrupted).toBeGreaterThan(0);
    expect(host.proc.snmp().Tcp?.['InCsumErrors']).toBeGreaterThan(0);
    const after = await fleet.metrics();
    expect(after.get('fleet_frames_corrupted_total')).toBe(before.get('fleet_frames_corrupted_total'));
  });

  test('what TCP takes for right and is not, is noticed, whichever way it goes, and sent again', async ({
    shared,
    random,
  }) => {
    const { fleet, lab } = shared;
    const lostOf = () =>
      ['coordinator', 'worker-1'].map((name) =>
        (name === 'coordinator'
          ? fleet.events(fleet.coordinator, 'disconnected').filter(({ fields }) => fields['name'] === 'worker-1')
          : fleet.events(fleet.worker(name), 'disconnected')
        ).filter(({ fields }) =>
          /not as it was sealed|WS_ERR_|INVALID|heartbeat|closed with/.test(String(fields['reason'])),
        ),
      );
    const before = await fleet.metrics();
    let damaged = 0;
    using _damage = linkOf(lab, 'worker-1').intercept((frame) => {
      if (!random.chance(0.1)) return 'pass';
      const bytes = swapWords(frame, (limit) => random.int(0, limit));
      if (bytes === undefined) return 'pass';
      damaged += 1;
      return { frames: [bytes] };
    });
    const tasks = tasksOf('swapped', { steps: 20, checkpointEvery: 2, recordBytes: 100 });
    await fleet.submitAll(tasks);
    expectAllOnce(fleet, tasks);
    expect(damaged).toBeGreaterThan(0);
    expect(lostOf().flat().length).toBeGreaterThan(0);
    const after = await fleet.metrics();
    expect(after.get('fleet_tasks_failed_total')).toBe(before.get('fleet_tasks_failed_total'));
  });

  test('connections that are reset are made again at once, and what was on its way comes', async ({ shared }) => {
    const { fleet, lab } = shared;
    await fleet.connected();
    // Its outcome has come: the client is connected as well, and what has no connection cannot lose one.
    await fleet.submitAll([taskOf('before-they-are-reset')]);
    const sinceMs = lastMs(fleet) + 1;
    const count = (event: string) =>
      fleet.events(fleet.coordinator, event).filter(({ atMs }) => atMs >= sinceMs).length;
    const tasks = tasksOf('reset');
    for (const task of tasks) void fleet.submit(task);
    for (let time = 1; time <= 3; time += 1) {
      lab.resetConnections({ port: 7400 });
      await until(() => count('disconnected') >= 4 * time && count('connected') >= 4 * time, {
        description: `all four to lose their connection and to be there again, time ${time}`,
      });
    }
    await fleet.settle();
    expectAllOnce(fleet, tasks);
    const attempts = fleet.outcomes.filter(({ taskId }) => taskId.startsWith('reset-')).map((each) => each.attempts);
    expect(Math.max(...attempts)).toBe(1);
  });
});
