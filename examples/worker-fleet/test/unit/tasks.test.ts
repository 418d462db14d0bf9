import { describe, expect, test } from 'vitest';
import { solve } from '../../src/worker/task-run.ts';
import { MemoryFleet, taskOf } from '../support/memory-fleet.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `task-${index + 1}`);

describe('Tasks', () => {
  test('each is done, by some worker, and its client hears of it once', async () => {
    using fleet = new MemoryFleet();
    await fleet.start();
    fleet.submit(...names(20).map((id) => taskOf(id)));
    await fleet.settle();
    expect(fleet.outcomes.map(({ taskId }) => taskId).toSorted()).toEqual(names(20).toSorted());
    for (const outcome of fleet.outcomes)
      expect(outcome).toMatchObject({ isDone: true, attempts: 1, value: solve(taskOf(outcome.taskId)) });
    expect(new Set(fleet.outcomes.map(({ worker }) => worker))).toEqual(new Set(['worker-1', 'worker-2', 'worker-3']));
    expect(fleet.store.countTasks()).toEqual({ submitted: 20, done: 20, failed: 0 });
  });

  test('many more than may be on their way at once are done, and everything is acknowledged', async () => {
    using fleet = new MemoryFleet({ slots: 20 });
    await fleet.start();
    fleet.submit(...names(500).map((id) => taskOf(id, { stepMs: 1, checkpointEvery: 2 })));
    await fleet.settle();
    await fleet.clock.advance(50);
    expect(fleet.outcomes).toHaveLength(500);
    for (const { connection } of [fleet.client, ...fleet.workers]) expect(connection.unacknowledged).toBe(0);
    expect(fleet.coordinator?.traffic).toMatchObject({ resent: 0, duplicates: 0, corrupted: 0 });
  });

  test('one that cannot be done has failed, and says why', async () => {
    using fleet = new MemoryFleet();
    await fleet.start();
    fleet.submit(taskOf('empty', { input: '' }));
    await fleet.settle();
    expect(fleet.outcomes).toMatchObject([{ taskId: 'empty', isDone: false, value: 'there is no input' }]);
    expect(fleet.store.countTasks()).toEqual({ submitted: 1, done: 0, failed: 1 });
  });

  test('all that is wrong with one is told to who submits it', () => {
    using fleet = new MemoryFleet();
    expect(() => fleet.client.submit(taskOf('', { steps: 0, stepMs: -1 }))).toThrow(
      'task "": it has no id; steps is 0, not a whole number above 0; stepMs is -1, not a number from 0 on',
    );
  });

  test('one that is submitted twice is done once', async () => {
    using fleet = new MemoryFleet();
    await fleet.start();
    fleet.submit(taskOf('twice'));
    fleet.submit(taskOf('twice'));
    await fleet.settle();
    expect(fleet.outcomes).toHaveLength(1);
    expect(fleet.events('assign')).toHaveLength(1);
  });

  test('what is submitted without a coordinator waits for one', async () => {
    using fleet = new MemoryFleet();
    fleet.client.start();
    fleet.submit(taskOf('early'));
    await fleet.clock.advance(5000);
    fleet.startCoordinator();
    for (const worker of fleet.workers) worker.start();
    await fleet.settle();
    expect(fleet.outcomes).toMatchObject([{ taskId: 'early', isDone: true }]);
  });

  test('the more urgent ones are assigned first, and among equals the one that came first', async () => {
    using fleet = new MemoryFleet({ workers: 1, slots: 1 });
    await fleet.start();
    fleet.submit(taskOf('busy'));
    await fleet.clock.advance(20);
    const order = ['low', 'normal', 'high', 'low', 'high', 'normal'] as const;
    fleet.submit(...order.map((priority, index) => taskOf(`${priority}-${index}`, { priority })));
    await fleet.settle();
    const assigned = fleet.events('assign').map(({ task }) => task);
    expect(assigned).toEqual(['busy', 'high-2', 'high-4', 'normal-1', 'normal-5', 'low-0', 'low-3']);
  });
});

describe('A worker that is away', () => {
  test('for a short while goes on with its tasks, which are nobody else’s', async () => {
    using fleet = new MemoryFleet({ workers: 2, slots: 1 });
    await fleet.start();
    fleet.submit(taskOf('a', { steps: 50 }), taskOf('b', { steps: 50 }));
    await fleet.clock.advance(100);
    fleet.network.reset('worker-1');
    await fleet.settle();
    expect(fleet.outcomes.map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  test('for long loses its tasks to others; when it is back it stops them, and takes new ones', async () => {
    using fleet = new MemoryFleet({ workers: 2, slots: 1 });
    await fleet.start();
    fleet.submit(taskOf('a', { steps: 400 }));
    await fleet.clock.advance(100);
    const [first] = fleet.events('assign');
    fleet.network.cut(String(first?.['worker']));
    await fleet.clock.advance(6000);
    expect(fleet.events('assign').map(({ attempt }) => attempt)).toEqual([1, 2]);
    fleet.network.heal();
    await fleet.settle();
    expect(fleet.outcomes).toHaveLength(1);
    expect(fleet.outcomes[0]?.value).toBe(solve(taskOf('a', { steps: 400 })));
    await fleet.clock.advance(3000);
    fleet.submit(taskOf('b'), taskOf('c'));
    await fleet.settle();
    expect(new Set(fleet.outcomes.slice(1).map(({ worker }) => worker)).size).toBe(2);
  });

  test('and done with a task that another has got, is believed: the first result counts, once', async () => {
    using fleet = new MemoryFleet({ workers: 2, slots: 1 });
    await fleet.start();
    fleet.submit(taskOf('a', { steps: 250 }));
    await fleet.clock.advance(100);
    const [first] = fleet.events('assign');
    fleet.network.cut(String(first?.['worker']));
    await fleet.clock.advance(5000);
    fleet.network.heal();
    await fleet.settle();
    await fleet.clock.advance(10_000);
    expect(fleet.events('assign').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(fleet.outcomes).toHaveLength(1);
    expect(fleet.store.countTasks()).toEqual({ submitted: 1, done: 1, failed: 0 });
  });

  test('a task that every worker is lost with has failed in the end', async () => {
    using fleet = new MemoryFleet({ workers: 1, coordinator: { maxAttempts: 2 } });
    await fleet.start();
    fleet.submit(taskOf('deadly', { steps: 10_000 }));
    for (let time = 1; time <= 2; time += 1) {
      await fleet.clock.advance(1000);
      fleet.network.cut('worker-1');
      await fleet.clock.advance(5000);
      fleet.network.heal();
      await fleet.clock.advance(10_000);
    }
    expect(fleet.outcomes).toMatchObject([{ isDone: false, value: 'given up after 2 workers', attempts: 2 }]);
  });
});

test('of workers that have as much room, each has its turn', async () => {
  using fleet = new MemoryFleet({ workers: 3, slots: 4 });
  await fleet.start();
  for (const id of names(9)) {
    fleet.submit(taskOf(id));
    await fleet.settle();
  }
  const turns = fleet.events('assign').map(({ worker }) => worker);
  expect(new Set(turns.slice(0, 3)).size).toBe(3);
  expect(turns.slice(3)).toEqual(turns.slice(0, 6));
});

describe('A coordinator that is gone', () => {
  test('with tasks in every state, and another that takes its store: nothing is lost and nothing comes twice', async () => {
    using fleet = new MemoryFleet();
    await fleet.start();
    for (let round = 0; round < 5; round += 1) {
      fleet.submit(...names(10).map((id) => taskOf(`${round}-${id}`)));
      await fleet.clock.advance(130);
      fleet.killCoordinator();
      await fleet.clock.advance(500);
      fleet.startCoordinator();
    }
    await fleet.settle();
    expect(fleet.outcomes.map(({ taskId }) => taskId).toSorted()).toEqual(fleet.submitted.toSorted());
    expect(fleet.store.countTasks()).toEqual({ submitted: 50, done: 50, failed: 0 });
  });

  test('workers that are not back in time lose their tasks to others', async () => {
    using fleet = new MemoryFleet({ workers: 2, slots: 1 });
    await fleet.start();
    fleet.submit(taskOf('a', { steps: 300 }));
    await fleet.clock.advance(100);
    const [first] = fleet.events('assign');
    fleet.killCoordinator();
    fleet.network.cut(String(first?.['worker']));
    fleet.startCoordinator();
    await fleet.settle(20_000);
    expect(fleet.outcomes).toMatchObject([{ taskId: 'a', isDone: true, attempts: 2 }]);
    expect(fleet.outcomes[0]?.worker).not.toBe(first?.['worker']);
  });
});

describe('A client', () => {
  test('that is started again gets what its last run did not hear of', async () => {
    using fleet = new MemoryFleet();
    await fleet.start();
    fleet.submit(...names(4).map((id) => taskOf(id, { steps: 20 })));
    await fleet.clock.advance(100);
    fleet.client.stop();
    await fleet.clock.advance(2000);
    expect(fleet.outcomes).toHaveLength(0);
    const heard: string[] = [];
    const next = fleet.createClient((outcome) => heard.push(outcome.taskId));
    next.start();
    await fleet.clock.advance(1000);
    next.stop();
    expect(heard.toSorted()).toEqual(names(4));
  });

  test('that has not heard of an outcome does so, though all others have been forgotten meanwhile', async () => {
    using fleet = new MemoryFleet({ coordinator: { retentionMs: 5000, leaseMs: 60_000 } });
    await fleet.start();
    fleet.submit(taskOf('early', { steps: 20 }));
    await fleet.clock.advance(100);
    fleet.network.cut('client');
    await fleet.clock.advance(20_000);
    // Another client goes on, so that the coordinator has something to conclude.
    const other = fleet.createClient(() => {}, 'other');
    other.start();
    void other.submit(taskOf('late'));
    await fleet.clock.advance(2000);
    expect(fleet.store.findOutcome('early')).toBeUndefined();
    fleet.network.heal();
    await fleet.settle();
    other.stop();
    expect(fleet.outcomes.map(({ taskId }) => taskId)).toEqual(['early']);
    expect(fleet.events('assign')).toHaveLength(2);
  });

  test('of a coordinator that works for long does not fill its store: only what may be asked for is kept', async () => {
    using fleet = new MemoryFleet({ coordinator: { retentionMs: 4000 } });
    await fleet.start();
    const ids = Array.from({ length: 100 }, (_, index) => `task-${index}`);
    for (const id of ids) {
      fleet.submit(taskOf(id, { steps: 1 }));
      await fleet.clock.advance(200);
    }
    await fleet.settle();
    const kept = ids.filter((id) => fleet.store.findOutcome(id) !== undefined);
    // 200 ms from one to the next, and it looks ten times in the time of retention.
    expect(kept).toEqual(ids.slice(-kept.length));
    expect(kept.length).toBeGreaterThanOrEqual(20);
    expect(kept.length).toBeLessThanOrEqual(23);
    // The next coordinator still counts all of them.
    fleet.killCoordinator();
    fleet.startCoordinator();
    expect(fleet.store.countTasks()).toEqual({ submitted: 100, done: 100, failed: 0 });
    expect(fleet.coordinator?.metrics.render()).toContain('fleet_tasks_done_total 100\n');
  });

  test('that was started again and submits a task once more is told how it ended', async () => {
    using fleet = new MemoryFleet();
    await fleet.start();
    fleet.submit(taskOf('a'));
    await fleet.settle();
    await fleet.clock.advance(100);
    fleet.client.stop();
    const heard: string[] = [];
    const next = fleet.createClient((outcome) => heard.push(outcome.value));
    next.start();
    void next.submit(taskOf('a'));
    await fleet.clock.advance(1000);
    next.stop();
    expect(heard).toEqual([solve(taskOf('a'))]);
    expect(fleet.events('assign')).toHaveLength(1);
  });
});
