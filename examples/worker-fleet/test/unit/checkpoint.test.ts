import { VirtualClock } from 'glovebox';
import { describe, expect, test } from 'vitest';
import { Store } from '../../src/coordinator/store.ts';
import type { Checkpoint } from '../../src/task.ts';
import { solve, TaskRun } from '../../src/worker/task-run.ts';
import { MemoryFleet, taskOf } from '../support/memory-fleet.ts';

const TASK = taskOf('long', { steps: 100, stepMs: 10, checkpointEvery: 10, recordBytes: 100 });

async function runTask(from?: Checkpoint) {
  const clock = new VirtualClock();
  const checkpoints: Checkpoint[] = [];
  const results: string[] = [];
  const run = new TaskRun(TASK, from, clock, {
    onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    onEnd: (isDone, value) => results.push(`${isDone} ${value}`),
  });
  await clock.runAll();
  return { run, clock, checkpoints, results };
}

describe('A task run', () => {
  test('makes a checkpoint every so many steps, and none when it is done', async () => {
    const { checkpoints, results, clock } = await runTask();
    expect(checkpoints.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(checkpoints.at(-1)?.records).toHaveLength(9000);
    expect(results).toEqual([`true ${solve(TASK)}`]);
    expect(clock.now()).toBe(1000);
  });

  test('from any checkpoint comes to the same result, in the time that is left', async () => {
    const { checkpoints } = await runTask();
    for (const checkpoint of checkpoints) {
      const { results, clock, checkpoints: further } = await runTask(JSON.parse(JSON.stringify(checkpoint)));
      expect(results).toEqual([`true ${solve(TASK)}`]);
      expect(clock.now()).toBe(1000 - checkpoint.step * 10);
      expect(further.at(-1) ?? checkpoint).toEqual(checkpoints.at(-1));
    }
  });

  test('that is cancelled says nothing any more', async () => {
    const clock = new VirtualClock();
    const said: unknown[] = [];
    const say = (...words: unknown[]) => void said.push(words);
    const run = new TaskRun(TASK, undefined, clock, { onCheckpoint: say, onEnd: say });
    await clock.advance(55);
    run.cancel();
    await clock.advance(10_000);
    expect(said).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('Stored checkpoints', () => {
  const checkpoint = (step: number): Checkpoint => ({ step, digest: `digest ${step}`, records: 'r'.repeat(step) });

  test('the furthest of a task is kept, whichever comes last, until the task is finished', () => {
    using stack = new DisposableStack();
    const store = new Store(':memory:', new VirtualClock());
    stack.defer(() => store.close());
    store.addTask(TASK, 'client', 0);
    expect(store.findCheckpoint('long')).toBeUndefined();
    for (const step of [10, 30, 20]) store.saveCheckpoint('long', checkpoint(step));
    expect(store.findCheckpoint('long')).toEqual(checkpoint(30));
    store.finishTask({ taskId: 'long', isDone: true, value: 'v', worker: 'w', attempts: 1 }, 0);
    expect(store.findCheckpoint('long')).toBeUndefined();
  });
});

describe('A fleet', () => {
  test('a task is gone on with by another worker where the last checkpoint was', async () => {
    using fleet = new MemoryFleet({ workers: 2, slots: 1 });
    await fleet.start();
    fleet.submit({ ...TASK, stepMs: 50 });
    await fleet.clock.advance(2600);
    const [first] = fleet.events('assign');
    fleet.network.cut(String(first?.['worker']));
    await fleet.settle();
    const begun = fleet.events('begin');
    expect(begun.map(({ who }) => who)).toEqual([first?.['worker'], begun[1]?.who]);
    expect(begun[1]?.who).not.toBe(first?.['worker']);
    // 52 steps were done when it was cut off, and of these 50 in checkpoints.
    expect(begun.map(({ step }) => step)).toEqual([0, 50]);
    expect(fleet.outcomes).toMatchObject([{ isDone: true, attempts: 2, value: solve(TASK) }]);
    expect(fleet.coordinator?.metrics.render()).toContain('fleet_checkpoints_restored_total 1');
  });

  test('a worker that is started again gets its task back, from where it was', async () => {
    using fleet = new MemoryFleet({ workers: 1, slots: 1 });
    await fleet.start();
    fleet.submit({ ...TASK, stepMs: 50 });
    await fleet.clock.advance(2600);
    fleet.workers[0]?.stop();
    await fleet.clock.advance(100);
    fleet.createWorker('worker-1').start();
    await fleet.settle();
    expect(fleet.events('begin').map(({ who, step }) => `${who} ${step}`)).toEqual(['worker-1 0', 'worker-1 50']);
    expect(fleet.outcomes).toMatchObject([{ isDone: true, value: solve(TASK) }]);
  });

  test('checkpoints outlive the coordinator', async () => {
    using fleet = new MemoryFleet({ workers: 1, slots: 1 });
    await fleet.start();
    fleet.submit({ ...TASK, stepMs: 50 });
    await fleet.clock.advance(2600);
    fleet.workers[0]?.stop();
    fleet.killCoordinator();
    fleet.startCoordinator();
    fleet.createWorker('worker-2').start();
    await fleet.settle();
    expect(fleet.events('begin').map(({ who, step }) => `${who} ${step}`)).toEqual(['worker-1 0', 'worker-2 50']);
  });
});
