import { until } from 'glovebox';
import { solve } from '../../src/worker/task-run.ts';
import { describe, expect, test } from '../support/fixture.ts';
import { taskOf } from '../support/memory-fleet.ts';

const LONG = taskOf('long', { steps: 60, stepMs: 20, checkpointEvery: 5, recordBytes: 200 });

describe('Processes', () => {
  test('tasks are done by worker processes, and their client hears of each once', async ({ startFleet }) => {
    const { fleet } = await startFleet();
    const tasks = Array.from({ length: 40 }, (_, index) => taskOf(`task-${index}`));
    await fleet.submitAll(tasks);
    expect(fleet.outcomes.map(({ taskId }) => taskId).toSorted()).toEqual(fleet.submitted.toSorted());
    for (const outcome of fleet.outcomes) expect(outcome.value).toBe(solve(taskOf(outcome.taskId)));
    const metrics = await fleet.metrics();
    expect(metrics.get('fleet_tasks_done_total')).toBe(40);
    expect(metrics.get('fleet_workers_connected')).toBe(2);
    expect(metrics.get('fleet_task_seconds_count{priority="normal"}')).toBe(40);
    expect(metrics.get('fleet_compression_ratio')).toBeGreaterThanOrEqual(1);
  });

  test('a worker that is killed in the middle of a task is gone on for, from the last checkpoint', async ({
    startFleet,
  }) => {
    const { fleet } = await startFleet({ slots: 1, leaseMs: 300 });
    const outcome = fleet.submit(LONG);
    const [assigned] = await until(() => {
      const found = fleet.events(fleet.coordinator, 'checkpoint');
      return found.length >= 3 && fleet.events(fleet.coordinator, 'assign');
    });
    const victim = String(assigned?.fields['worker']);
    await fleet.worker(victim).kill();
    expect(await outcome).toMatchObject({ isDone: true, attempts: 2, value: solve(LONG) });
    const [, again] = fleet.events(fleet.coordinator, 'assign');
    expect(again?.fields['worker']).not.toBe(victim);
    expect(again?.fields['step']).toBeGreaterThanOrEqual(15);
  });

  test('a worker that is killed and started again has its task back at once', async ({ startFleet }) => {
    const { fleet } = await startFleet({ count: 1, slots: 1, leaseMs: 20_000 });
    const outcome = fleet.submit(LONG);
    await until(() => fleet.events(fleet.coordinator, 'checkpoint').length >= 3);
    await fleet.worker('worker-1').kill();
    await fleet.worker('worker-1').restart();
    expect(await outcome).toMatchObject({ isDone: true, attempts: 2, worker: 'worker-1', value: solve(LONG) });
    const [, again] = fleet.events(fleet.coordinator, 'assign');
    expect(again?.fields['step']).toBeGreaterThanOrEqual(15);
  });

  test('a frozen worker loses its task to another; when it goes on, it stops that, and is of use again', async ({
    startFleet,
  }) => {
    const { fleet } = await startFleet({ slots: 1, leaseMs: 300 });
    const outcome = fleet.submit({ ...LONG, steps: 100 });
    const [assigned] = await until(() => {
      const found = fleet.events(fleet.coordinator, 'checkpoint');
      return found.length >= 3 && fleet.events(fleet.coordinator, 'assign');
    });
    const frozen = fleet.worker(String(assigned?.fields['worker']));
    await frozen.suspend();
    await until(() => fleet.events(fleet.coordinator, 'assign').length === 2);
    await frozen.resume();
    await until(() => fleet.events(frozen, 'cancelled').length === 1, { description: 'it to be told of it' });
    expect(await outcome).toMatchObject({ isDone: true, attempts: 2 });
    expect((await outcome).worker).not.toBe(assigned?.fields['worker']);
    await fleet.submitAll(Array.from({ length: 8 }, (_, index) => taskOf(`after-${index}`, { steps: 10 })));
    expect(new Set(fleet.outcomes.slice(1).map(({ worker }) => worker)).size).toBe(2);
  });

  test('a coordinator that is killed with tasks in every state goes on from its store', async ({ startFleet }) => {
    const { fleet } = await startFleet({ leaseMs: 5000 });
    const submit = (round: number) => {
      for (let index = 0; index < 30; index += 1)
        void fleet.submit(taskOf(`${round}-${index}`, { steps: 10, stepMs: 10, checkpointEvery: 3, recordBytes: 50 }));
    };
    for (let round = 0; round < 3; round += 1) {
      submit(round);
      const goal = fleet.outcomes.length + 10;
      await until(() => fleet.outcomes.length >= goal, { description: `${goal} outcomes`, intervalMs: 2 });
      await fleet.coordinator.kill();
      await fleet.coordinator.restart();
    }
    await fleet.settle();
    expect(fleet.outcomes.map(({ taskId }) => taskId).toSorted()).toEqual(fleet.submitted.toSorted());
    const metrics = await fleet.metrics();
    expect(metrics.get('fleet_tasks_submitted_total')).toBe(90);
    expect(metrics.get('fleet_tasks_done_total')).toBe(90);
    // Workers went on with what they had: nobody had to begin anything again.
    expect(fleet.outcomes.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(fleet.events(fleet.coordinator, 'recovered')).toHaveLength(3);
  });

  test('who is asked to end does, and says nothing of errors', async ({ startFleet }) => {
    const { fleet } = await startFleet();
    const outcome = fleet.submit(LONG);
    await until(() => fleet.events(fleet.coordinator, 'checkpoint').length >= 1);
    for (const process of [...fleet.workers.values(), fleet.coordinator]) {
      await process.stop();
      expect(await process.exit).toMatchObject({ code: 0 });
      expect(process.logs.lines().filter(({ stream }) => stream === 'stderr')).toEqual([]);
    }
    await fleet.coordinator.restart();
    await fleet.worker('worker-2').restart();
    expect(await outcome).toMatchObject({ isDone: true });
  });
});
