import { until } from 'glovebox';
import { assertCheck, atLeastOnce, exactlyOnce, failover } from 'glovebox/scenarios';
import { COLLECTOR_BACK, COLLECTOR_LOST, taskTopic } from '../../src/protocol/topics.ts';
import { membersOf, settled, statsWhen } from '../support/bus-under-test.ts';
import { describe, expect, test } from '../support/fixture.ts';
import { begunBy, numbers, outcomesOf } from '../support/history.ts';

const PROCESS = taskTopic('process');
/** Of these tests; 10 s is the default. */
const HEARTBEAT_MS = 1000;
const MINUTE_MS = 60_000;

describe('A collector', () => {
  test('that is killed in the middle of a task: another does it, and the result says who', async ({ startBus }) => {
    const bus = await startBus();
    const first = await bus.startCollector('c1', { paceMs: MINUTE_MS, isVerbose: true });
    const client = await bus.connect();
    const task = await client.submit(PROCESS, { n: 7 });
    await first.logs.waitForLine('begins process {"n":7}');
    await bus.startCollector('c2');
    await first.kill();
    expect(await task.outcome).toMatchObject({ ok: true, by: 'c2', lost: ['c1'] });
    expect((await client.stats()).tasks).toMatchObject({ done: 1, failedOver: 1, lateEffects: 0 });
  });

  test('that is killed: what waited for it is done in the order in which it was asked for', async ({ startBus }) => {
    const bus = await startBus();
    const first = await bus.startCollector('c1', { paceMs: MINUTE_MS, window: 8 });
    const client = await bus.connect();
    const tasks = await client.submitAll(
      PROCESS,
      numbers(20).map((n) => ({ n })),
    );
    await statsWhen(client, 'c1 to have its window full', (stats) => membersOf(stats)[0]?.held === 8);
    await first.kill();
    const second = await bus.startCollector('c2', { isVerbose: true });
    const outcomes = await outcomesOf(tasks);
    expect(outcomes.map((outcome) => outcome.ok && outcome.lost)).toEqual([
      ...numbers(8).map(() => ['c1']),
      ...numbers(12).map(() => []),
    ]);
    await expect.poll(() => begunBy(second)).toEqual(numbers(20));
  });

  test('that is silent is lost in under three heartbeats, though its connection stands', async ({ startBus }) => {
    const bus = await startBus({ heartbeatMs: HEARTBEAT_MS });
    const first = await bus.startCollector('c1', { paceMs: MINUTE_MS, isVerbose: true });
    const client = await bus.connect();
    const lost = new Promise<unknown>((resolve) => client.subscribe(COLLECTOR_LOST, resolve));
    const task = await client.submit(PROCESS, { n: 1 });
    await first.logs.waitForLine('begins process {"n":1}');
    await bus.startCollector('c2');
    const suspendedMs = performance.now();
    await first.suspend();
    const outcome = await task.outcome;
    const doneMs = performance.now();
    expect(outcome).toMatchObject({ ok: true, by: 'c2', lost: ['c1'] });
    const done = [{ atMs: doneMs, by: 'c2' }];
    assertCheck(failover({ failed: 'c1', failedMs: suspendedMs, done, withinMs: 3 * HEARTBEAT_MS }));
    // Not too soon either: one heartbeat may be late.
    expect(doneMs - suspendedMs).toBeGreaterThan(HEARTBEAT_MS);
    expect(await lost).toMatchObject({ name: 'c1', topic: PROCESS, tasks: 1 });
  });

  test('that was suspended comes back: its late result does not count, and it is given tasks again', async ({
    startBus,
  }) => {
    const bus = await startBus({ heartbeatMs: 400 });
    const first = await bus.startCollector('c1', { paceMs: 100, isVerbose: true });
    const client = await bus.connect();
    const back = new Promise<unknown>((resolve) => client.subscribe(COLLECTOR_BACK, resolve));
    const task = await client.submit(PROCESS, { n: 1 });
    await first.logs.waitForLine('begins process {"n":1}');
    await first.suspend();
    await bus.startCollector('c2');
    const outcome = await task.outcome;
    expect(outcome).toMatchObject({ ok: true, by: 'c2', lost: ['c1'] });
    await first.resume();
    expect(await back).toEqual({ name: 'c1', topic: PROCESS });
    // It had begun, and so it has done it too: twice done, once counted.
    const { tasks } = await statsWhen(client, 'the late result', (stats) => stats.tasks.lateEffects === 1);
    expect(tasks).toMatchObject({ accepted: 1, done: 1, failedOver: 1 });
    const results = await Promise.all(numbers(4).map((n) => client.request(PROCESS, { n: n + 2 })));
    expect(results.map(({ by }) => by).toSorted()).toEqual(['c1', 'c1', 'c2', 'c2']);
  });

  test('that had a task of its own alone is not replaced: whoever asked is told', async ({ startBus }) => {
    const bus = await startBus();
    const first = await bus.startCollector('c1', { paceMs: MINUTE_MS, isVerbose: true });
    await bus.startCollector('c2');
    const client = await bus.connect();
    const answered = expect(client.request(PROCESS, { n: 1 }, { to: 'c1' })).rejects.toMatchObject({
      code: 'COLLECTOR_LOST',
      message: 'c1 was lost: its connection has ended',
    });
    await first.logs.waitForLine('begins process {"n":1}');
    await first.kill();
    await answered;
  });
});

describe('A broker', () => {
  test('that is restarted: collectors are back within 10 s, and work goes on', async ({ startBus }) => {
    const bus = await startBus();
    const names = ['c1', 'c2', 'c3'];
    for (const name of names) await bus.startCollector(name);
    const client = await bus.connect();
    await Promise.all(numbers(30).map((n) => client.request(PROCESS, { n })));
    await bus.broker.restart();
    const readyMs = performance.now();
    const stats = await statsWhen(client, 'three collectors', (each) => membersOf(each).length === 3);
    expect(performance.now() - readyMs).toBeLessThan(10_000);
    expect(
      membersOf(stats)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names);
    const results = await Promise.all(numbers(9).map((n) => client.request(PROCESS, { n })));
    expect(new Set(results.map(({ by }) => by))).toEqual(new Set(names));
  });

  test('that is killed with tasks queued has lost none of them', async ({ startBus }) => {
    const bus = await startBus();
    const client = await bus.connect();
    const tasks = await client.submitAll(
      PROCESS,
      numbers(500).map((n) => ({ n })),
    );
    await bus.broker.kill();
    await bus.broker.restart();
    const { tasks: account } = await statsWhen(client, 'an answer', () => true);
    expect(account).toMatchObject({ recovered: 500, accepted: 0 });
    const collectors = [
      await bus.startCollector('c1', { isVerbose: true }),
      await bus.startCollector('c2', { isVerbose: true }),
    ];
    const outcomes = await outcomesOf(tasks);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(500);
    await settled(client);
    // Nobody had begun any: each was done once.
    for (const collector of collectors) await collector.stop();
    assertCheck(exactlyOnce({ sent: numbers(500), received: collectors.flatMap(begunBy) }));
  });

  test('that is killed in the middle of work, twice: every task is done, and has one outcome', async ({ startBus }) => {
    const bus = await startBus();
    const collectors = [
      await bus.startCollector('c1', { isVerbose: true, paceMs: 1 }),
      await bus.startCollector('c2', { isVerbose: true, paceMs: 1 }),
    ];
    const client = await bus.connect();
    const tasks = await client.submitAll(
      PROCESS,
      numbers(1000).map((n) => ({ n })),
    );
    const received: number[] = [];
    for (const [n, task] of tasks.entries()) void task.outcome.then(({ ok }) => ok && received.push(n));
    for (const share of [100, 400]) {
      await until(() => received.length > share, { description: `${share} to be done`, intervalMs: 2 });
      await bus.broker.kill();
      await bus.broker.restart();
    }
    await outcomesOf(tasks);
    assertCheck(exactlyOnce({ sent: numbers(1000), received }));
    await settled(client);
    // What collectors had when the broker was killed was done again.
    for (const collector of collectors) await collector.stop();
    assertCheck(atLeastOnce({ sent: numbers(1000), received: collectors.flatMap(begunBy) }));
  });

  test('that is killed before it has answered: what was sent then is sent again, and done once', async ({
    startBus,
  }) => {
    const bus = await startBus({ buffer: 10 });
    const client = await bus.connect();
    // More than there is room for: the publisher waits for the rest.
    const submitted = client.submitAll(
      PROCESS,
      numbers(30).map((n) => ({ n })),
    );
    await statsWhen(client, 'the buffer to be full', (stats) => stats.topics[PROCESS]?.blocked === 20);
    await bus.broker.kill();
    await bus.broker.restart();
    const collector = await bus.startCollector('c1', { isVerbose: true });
    const outcomes = await outcomesOf(await submitted);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(30);
    await collector.stop();
    assertCheck(exactlyOnce({ sent: numbers(30), received: begunBy(collector) }));
  });
});
