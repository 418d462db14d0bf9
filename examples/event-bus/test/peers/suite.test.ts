import { until } from 'glovebox';
import { beforeEach } from 'vitest';
import type { BrokerDriver, BrokerPlace, RunningBroker } from '../support/drivers/driver.ts';
import { nats } from '../support/drivers/nats.ts';
import { own } from '../support/drivers/own.ts';
import { test as base, describe, expect } from '../support/fixture.ts';
import { numbers } from '../support/history.ts';

const test = base.extend('start', ({ directory, spawn, scope }) => {
  return async (driver: BrokerDriver, options: Pick<BrokerPlace, 'buffer'> = {}): Promise<RunningBroker> =>
    scope.use(await driver.start({ spawn, directory, ...options }));
});

const COLLECTORS = ['c1', 'c2', 'c3'];

function countBy(results: readonly { readonly by: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { by } of results) counts.set(by, (counts.get(by) ?? 0) + 1);
  return counts;
}

/** The rows that apply to any broker with queue groups. */
describe.for([own, nats])('$name', (driver) => {
  beforeEach(({ skip }) => {
    const obstacle = driver.findObstacle();
    if (obstacle === undefined) return;
    if (process.env['GLOVEBOX_REQUIRE'] !== undefined) throw new Error(obstacle);
    skip(obstacle);
  });

  test('gives each task of a topic to one of its collectors', async ({ start }) => {
    const broker = await start(driver);
    for (const name of COLLECTORS) await broker.startCollector(name, 'process');
    const client = await broker.connect();
    const results: { by: string }[] = [];
    for (const n of numbers(9)) results.push(await client.request('process', { n }));
    expect(results).toHaveLength(9);
    if (driver.takesTurns) expect(results.map(({ by }) => by)).toEqual([...COLLECTORS, ...COLLECTORS, ...COLLECTORS]);
    else expect(COLLECTORS).toEqual(expect.arrayContaining([...countBy(results).keys()]));
  });

  test('gives each kind of task to collectors of that kind', async ({ start }) => {
    const broker = await start(driver);
    await broker.startCollector('p1', 'process');
    await broker.startCollector('n1', 'network');
    await broker.startCollector('f1', 'filesystem');
    const client = await broker.connect();
    const results = await Promise.all([
      client.request('process', {}),
      client.request('network', { interface: 'lo' }),
      client.request('filesystem', { path: '/' }),
    ]);
    expect(results).toEqual([
      { by: 'p1', payload: expect.objectContaining({ pid: expect.any(Number) }), ...rest(driver) },
      { by: 'n1', payload: { lo: expect.arrayContaining(['127.0.0.1/8']) }, ...rest(driver) },
      { by: 'f1', payload: expect.objectContaining({ path: '/' }), ...rest(driver) },
    ]);
  });

  test('takes a task to the one that it is addressed to', async ({ start }) => {
    const broker = await start(driver);
    for (const name of COLLECTORS) await broker.startCollector(name, 'process');
    const client = await broker.connect();
    const results = await Promise.all(COLLECTORS.map((name) => client.request('process', {}, name)));
    expect(results.map(({ by }) => by)).toEqual(COLLECTORS);
  });

  test('takes a message to all who want to hear it, and to one of each group, in order', async ({ start }) => {
    const broker = await start(driver);
    const [publisher, one, other] = [await broker.connect(), await broker.connect(), await broker.connect()];
    const heard = { one: [] as unknown[], other: [] as unknown[], group: [] as unknown[] };
    let ends = 0;
    for (const each of [one, other]) await each.subscribe('end', () => (ends += 1));
    await one.subscribe('news.*', (payload) => heard.one.push(payload));
    await other.subscribe('news.>', (payload) => heard.other.push(payload));
    for (const each of [one, other]) await each.subscribe('news.up', (payload) => heard.group.push(payload), 'group');
    for (const n of numbers(200)) publisher.publish('news.up', n);
    publisher.publish('end', null);
    await until(() => ends === 2);
    expect(heard.one).toEqual(numbers(200));
    expect(heard.other).toEqual(numbers(200));
    expect(heard.group.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers(200));
  });

  test('goes on with those who are left when a collector is killed', async ({ start }) => {
    const broker = await start(driver);
    const [first] = await Promise.all(COLLECTORS.map((name) => broker.startCollector(name, 'process')));
    const client = await broker.connect();
    await first?.kill();
    await until(async () => (await broker.countCollectors('process')) === 2);
    const results = await Promise.all(numbers(20).map((n) => client.request('process', { n })));
    expect([...countBy(results).keys()].toSorted()).toEqual(['c2', 'c3']);
  });

  test('is killed and started again: collectors and clients are back within 10 s', async ({ start }) => {
    const broker = await start(driver);
    await Promise.all(COLLECTORS.map((name) => broker.startCollector(name, 'process')));
    const client = await broker.connect();
    await client.request('process', {});
    await broker.killAndRestart();
    await until(async () => (await broker.countCollectors('process')) === 3, { timeoutMs: 10_000 });
    const results = await Promise.all(numbers(30).map((n) => client.request('process', { n })));
    expect([...countBy(results).keys()].toSorted()).toEqual(COLLECTORS);
  });

  test('is killed with tasks queued, and has them all when it is started again', async ({ start }) => {
    const broker = await start(driver);
    expect(await broker.offer(500)).toEqual([]);
    await broker.killAndRestart();
    expect(await broker.takeAll()).toEqual(numbers(500));
  });

  test('keeps the newest of its tasks, when its buffer is full and drops the oldest', async ({ start }) => {
    const broker = await start(driver, { buffer: { capacity: 100, overflow: 'drop-oldest' } });
    expect(await broker.offer(200)).toEqual([]);
    expect(await broker.takeAll()).toEqual(numbers(100, 100));
  });

  test('answers with an error, when its buffer is full and it is to reject', async ({ start }) => {
    const broker = await start(driver, { buffer: { capacity: 100, overflow: 'reject' } });
    expect(await broker.offer(200)).toEqual(numbers(100, 100));
    expect(await broker.takeAll()).toEqual(numbers(100));
  });

  test('has 10,000 tasks done by five collectors, each within 10 % of its share', async ({ start, annotate }) => {
    const count = 10_000;
    const broker = await start(driver);
    await Promise.all(numbers(5).map((n) => broker.startCollector(`c${n}`, 'process')));
    const client = await broker.connect();
    const startMs = performance.now();
    const submitted = await client.submitAll(
      'process',
      numbers(count).map((n) => ({ n })),
    );
    const publishedMs = performance.now() - startMs;
    const results = await Promise.all(submitted);
    const doneMs = performance.now() - startMs;
    await annotate(`published in ${publishedMs.toFixed(0)} ms, done in ${doneMs.toFixed(0)} ms`);
    expect(publishedMs).toBeLessThan(5000);
    expect(doneMs).toBeLessThan(60_000);
    const counts = [...countBy(results).values()];
    expect(counts).toHaveLength(5);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual((count / 5) * 0.9);
    expect(Math.max(...counts)).toBeLessThanOrEqual((count / 5) * 1.1);
  });
});

/** What results have beside what all brokers tell. */
function rest({ takesTurns }: BrokerDriver): object {
  return takesTurns ? { ok: true, lost: [] } : {};
}
