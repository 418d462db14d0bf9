import { join } from 'node:path';
import { VirtualClock } from 'glovebox';
import { createTempFolder } from 'glovebox/process';
import { describe, expect, test } from 'vitest';
import { Store } from '../../src/coordinator/store.ts';
import { taskOf } from '../support/memory-fleet.ts';

describe('The store', () => {
  test('what belongs together is written together, and only then is anybody told', async () => {
    const clock = new VirtualClock();
    const store = new Store(':memory:', clock);
    const told: string[] = [];
    store.addTask(taskOf('a'), 'client', 0);
    store.afterCommit(() => told.push('a'));
    store.addTask(taskOf('b'), 'client', 0);
    store.afterCommit(() => told.push('b'));
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['a', 'b']);
    store.close();
  });

  test('what was not committed is not there for the next one', () => {
    using folder = createTempFolder({ prefix: 'store-' });
    const path = join(folder.path, 'fleet.db');
    const clock = new VirtualClock();
    const first = new Store(path, clock);
    first.addTask(taskOf('kept'), 'client', 5);
    first.commit();
    first.addTask(taskOf('lost'), 'client', 6);
    const second = new Store(path, clock);
    expect(second.openTasks()).toEqual([
      { task: taskOf('kept'), client: 'client', sequence: 1, submittedMs: 5, attempt: 0, worker: undefined },
    ]);
    second.close();
    first.close();
  });

  test('a task is known once, and its place is kept', () => {
    const store = new Store(':memory:', new VirtualClock());
    expect(store.addTask(taskOf('a'), 'client', 0)).toBe(1);
    expect(store.addTask(taskOf('b'), 'client', 0)).toBe(2);
    expect(store.addTask(taskOf('a'), 'other', 0)).toBeUndefined();
    store.assignTask('b', 'stream', 3);
    const outcome = { taskId: 'a', isDone: true, value: 'v', worker: 'w', attempts: 1 };
    expect(store.findOutcome('a')).toBeUndefined();
    store.finishTask(outcome, 100);
    expect(store.findOutcome('a')).toEqual(outcome);
    expect(store.openTasks()).toMatchObject([{ task: { id: 'b' }, sequence: 2, attempt: 3, worker: 'stream' }]);
    expect(store.countTasks()).toEqual({ submitted: 2, done: 1, failed: 0 });
    store.forgetTasks(100);
    expect(store.findOutcome('a')).toEqual(outcome);
    store.forgetTasks(101);
    store.forgetTasks(1000);
    expect([store.findOutcome('a'), store.openTasks()[0]?.task.id]).toEqual([undefined, 'b']);
    expect(store.countTasks()).toEqual({ submitted: 2, done: 1, failed: 0 });
    expect(store.addTask(taskOf('a'), 'client', 0)).toBe(3);
    store.finishTask({ ...outcome, isDone: false }, 2000);
    store.forgetTasks(2001);
    expect(store.countTasks()).toEqual({ submitted: 3, done: 1, failed: 1 });
    store.close();
  });

  test('a peer goes with all that was to be sent to it', () => {
    const store = new Store(':memory:', new VirtualClock());
    store.addPeer({ stream: 's', role: 'worker', name: 'one' });
    store.savePeer('s', 8, { floor: 3, above: [5] });
    const message = { type: 'cancel' as const, taskId: 'a', attempt: 1 };
    store.addOutgoing('s', { id: 7, priority: 1, message });
    expect(store.peers()).toEqual([
      { stream: 's', role: 'worker', name: 'one', nextId: 8, inbox: { floor: 3, above: [5] } },
    ]);
    expect(store.outgoing('s')).toEqual([{ id: 7, priority: 1, message }]);
    store.removePeer('s');
    expect([store.peers(), store.outgoing('s')]).toEqual([[], []]);
    store.close();
  });
});
