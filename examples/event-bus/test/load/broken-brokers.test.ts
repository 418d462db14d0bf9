import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { assertCheck, conservation, exactlyOnce, failover, fairDistribution } from 'glovebox/scenarios';
import type { BusClient } from '../../src/client/bus-client.ts';
import { taskTopic } from '../../src/protocol/topics.ts';
import type { BusUnderTest } from '../support/bus-under-test.ts';
import { describe, expect, type StartBus, test } from '../support/fixture.ts';
import { begunBy, numbers, outcomesOf } from '../support/history.ts';

const PROGRAM = fileURLToPath(new URL('../support/broken-broker.ts', import.meta.url));
const PROCESS = taskTopic('process');

/** The broker as it is, or one that is wrong in a way. */
function startBroker(startBus: StartBus, way: string | undefined, heartbeatMs?: number): Promise<BusUnderTest> {
  const options = heartbeatMs === undefined ? {} : { heartbeatMs };
  if (way === undefined) return startBus(options);
  return startBus({ ...options, program: PROGRAM, env: { BROKEN: way }, isDurable: false });
}

/** Messages that one client publishes, as another hears them. */
async function publish(bus: BusUnderTest, count: number): Promise<{ sent: number[]; received: number[] }> {
  const [publisher, listener] = [await bus.connect(), await bus.connect()];
  const received: number[] = [];
  const ended = new Promise<void>((resolve) => {
    void listener.subscribe('end', () => resolve());
  });
  await listener.subscribe('news', (payload) => received.push(Number(payload)));
  for (const n of numbers(count)) publisher.publish('news', n);
  publisher.publish('end', null);
  await ended;
  return { sent: numbers(count), received };
}

/** Has tasks done, and tells which were begun by collectors, as often as they were. */
async function perform(bus: BusUnderTest, count: number): Promise<{ sent: number[]; received: number[] }> {
  const collectors = [
    await bus.startCollector('c1', { isVerbose: true }),
    await bus.startCollector('c2', { isVerbose: true }),
  ];
  const client = await bus.connect();
  await outcomesOf(
    await client.submitAll(
      PROCESS,
      numbers(count).map((n) => ({ n })),
    ),
  );
  for (const collector of collectors) await collector.stop();
  return { sent: numbers(count), received: collectors.flatMap(begunBy) };
}

/** Who did how many of tasks that come one after the other. */
async function share(bus: BusUnderTest, count: number): Promise<Readonly<Record<string, number>>> {
  const names = ['c1', 'c2', 'c3'];
  await Promise.all(names.map((name) => bus.startCollector(name)));
  const client: BusClient = await bus.connect();
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for (const n of numbers(count)) {
    const { by } = await client.request(PROCESS, { n });
    counts[by] = (counts[by] ?? 0) + 1;
  }
  return counts;
}

/** Suspends a collector in the middle of a task; who has done that, and when, after so many intervals of heartbeats. */
async function fail(bus: BusUnderTest, heartbeatMs: number) {
  const first = await bus.startCollector('c1', { paceMs: 60_000, isVerbose: true });
  const client = await bus.connect();
  const task = await client.submit(PROCESS, { n: 1 });
  await first.logs.waitForLine('begins process {"n":1}');
  await bus.startCollector('c2');
  const failedMs = performance.now();
  await first.suspend();
  const withinMs = 3 * heartbeatMs;
  const done: { atMs: number; by: string }[] = [];
  const outcome = await Promise.race([task.outcome, sleep(withinMs, undefined)]);
  if (outcome?.ok === true) done.push({ atMs: performance.now(), by: outcome.by });
  return { failed: 'c1', failedMs, done, withinMs };
}

describe('A broker that is wrong on purpose is caught', () => {
  test('when it loses one message in a thousand: the messages are named', async ({ startBus }) => {
    const { sent, received } = await publish(await startBroker(startBus, 'forgetful'), 3000);
    expect(exactlyOnce({ sent, received })).toEqual({
      ok: false,
      expected: 'each of 3,000 messages is received exactly once',
      actual: '2,997 of 3,000 messages received, 3 lost, 0 received again',
      details: ['lost: 999, 1999, 2999'],
    });
    expect(conservation({ sent, received })).toMatchObject({ ok: false, details: ['vanished: 999, 1999, 2999'] });
  });

  test('when it gives a task to a collector twice: the task is named', async ({ startBus }) => {
    const check = exactlyOnce({ ...(await perform(await startBroker(startBus, 'stuttering'), 300)), what: 'task' });
    expect(check).toEqual({
      ok: false,
      expected: 'each of 300 tasks is received exactly once',
      actual: '300 of 300 tasks received, 0 lost, 1 received again',
      details: ['received again: 99 (2 times)'],
    });
  });

  test('when it never gives the task of a silent collector to another', async ({ startBus }) => {
    const heartbeatMs = 200;
    const check = failover(await fail(await startBroker(startBus, 'patient', heartbeatMs), heartbeatMs));
    expect(check).toEqual({
      ok: false,
      expected: 'another does the work of c1 within 600 ms',
      actual: 'no other did: nothing was done any more',
    });
  });

  test('when it favours a collector: the shares are told', async ({ startBus }) => {
    const counts = await share(await startBroker(startBus, 'unfair'), 150);
    expect(fairDistribution(counts, { withinPercent: 10 })).toEqual({
      ok: false,
      expected: 'each of 3 is within 10 % of the mean',
      actual: '200 % off at most, of 150 in all',
      details: expect.arrayContaining([expect.stringMatching(/: 150 in place of 50, 200 % too many$/)]),
    });
  });
});

describe('The broker as it is', () => {
  test('passes the same checks', async ({ startBus }) => {
    const bus = await startBroker(startBus, undefined);
    assertCheck(exactlyOnce(await publish(bus, 3000)));
    assertCheck(fairDistribution(await share(bus, 150), { withinPercent: 10 }));
  });
});
