import { taskTopic } from '../../src/protocol/topics.ts';
import { membersOf } from '../support/bus-under-test.ts';
import { describe, expect, test } from '../support/fixture.ts';
import { numbers } from '../support/history.ts';

const PROCESS = taskTopic('process');

describe('Collectors of a kind', () => {
  test('do nine tasks in turn: each of three does every third', async ({ startBus }) => {
    const bus = await startBus();
    const names = ['c1', 'c2', 'c3'];
    for (const name of names) await bus.startCollector(name);
    const client = await bus.connect();
    const results = await Promise.all(numbers(9).map((n) => client.request(PROCESS, { n })));
    expect(results.map(({ by }) => by)).toEqual([...names, ...names, ...names]);
    expect(membersOf(await client.stats())).toEqual(
      names.map((name) => ({ name, held: 0, given: 3, done: 3, state: 'present' })),
    );
  });

  test('do so as well when tasks come at once, and one of them is slower than the others', async ({ startBus }) => {
    const bus = await startBus();
    await bus.startCollector('c1', { paceMs: 30 });
    await bus.startCollector('c2');
    await bus.startCollector('c3');
    const client = await bus.connect();
    const tasks = await client.submitAll(PROCESS, numbers(9));
    const outcomes = await Promise.all(tasks.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => outcome.ok && outcome.by)).toEqual(numbers(9).map((n) => `c${(n % 3) + 1}`));
  });

  test('that differ: each task goes to one of its own kind', async ({ startBus }) => {
    const bus = await startBus();
    await Promise.all([
      bus.startCollector('p1'),
      bus.startCollector('p2'),
      bus.startCollector('n1', { kind: 'network' }),
      bus.startCollector('f1', { kind: 'filesystem' }),
    ]);
    const client = await bus.connect();
    const ask = (kind: 'process' | 'network' | 'filesystem', payload: unknown) =>
      Promise.all(numbers(4).map(() => client.request(taskTopic(kind), payload)));
    const [processes, networks, filesystems] = await Promise.all([
      ask('process', {}),
      ask('network', { interface: 'lo' }),
      ask('filesystem', { path: '/' }),
    ]);
    expect(processes.map(({ by }) => by).toSorted()).toEqual(['p1', 'p1', 'p2', 'p2']);
    expect(processes[0]?.payload).toMatchObject({ pid: expect.any(Number), rssBytes: expect.any(Number) });
    expect(networks.map(({ by, payload }) => ({ by, payload }))).toEqual(
      numbers(4).map(() => ({ by: 'n1', payload: { lo: expect.arrayContaining(['127.0.0.1/8']) } })),
    );
    expect(filesystems.map(({ by }) => by)).toEqual(['f1', 'f1', 'f1', 'f1']);
    expect(filesystems[0]?.payload).toMatchObject({ path: '/', totalBytes: expect.any(Number) });
  });

  test('that are not there yet: tasks wait for them', async ({ startBus }) => {
    const bus = await startBus();
    const client = await bus.connect();
    const task = await client.submit(PROCESS, {});
    expect((await client.stats()).topics[PROCESS]).toMatchObject({ waiting: 1, members: [] });
    await bus.startCollector('c1');
    expect(await task.outcome).toMatchObject({ ok: true, by: 'c1' });
  });
});

describe('A task', () => {
  test('goes from one to one, when it is addressed to a collector', async ({ startBus }) => {
    const bus = await startBus();
    for (const name of ['c1', 'c2', 'c3']) await bus.startCollector(name);
    const client = await bus.connect();
    const results = await Promise.all(numbers(6).map((n) => client.request(PROCESS, { n }, { to: 'c2' })));
    expect(results.map(({ by }) => by)).toEqual(numbers(6).map(() => 'c2'));
    // Turns are not taken by it.
    expect((await client.request(PROCESS, {})).by).toBe('c1');
  });

  test('that is addressed to nobody is refused', async ({ startBus }) => {
    const bus = await startBus();
    await bus.startCollector('c1');
    const client = await bus.connect();
    await expect(client.request(PROCESS, {}, { to: 'c9' })).rejects.toMatchObject({
      code: 'UNKNOWN_COLLECTOR',
      message: `No collector c9 is there for ${PROCESS}`,
    });
  });

  test('goes from one to many, and each answers for itself', async ({ startBus }) => {
    const bus = await startBus();
    for (const name of ['c1', 'c2', 'c3']) await bus.startCollector(name);
    const client = await bus.connect();
    const results = await client.requestEach(PROCESS, {});
    expect(results.map(({ by }) => by)).toEqual(['c1', 'c2', 'c3']);
  });

  test('that fails is answered with why, and by whom', async ({ startBus }) => {
    const bus = await startBus();
    await bus.startCollector('c1', { kind: 'network' });
    const client = await bus.connect();
    await expect(client.request(taskTopic('network'), { interface: 'none0' })).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: 'there is no interface "none0"',
    });
  });
});

describe('Messages', () => {
  test('reach all who want to hear of their topic, in order, and nobody else', async ({ startBus }) => {
    const bus = await startBus();
    const [publisher, one, other] = await Promise.all([bus.connect(), bus.connect(), bus.connect()]);
    const heard = { exact: [] as unknown[], star: [] as unknown[], rest: [] as unknown[] };
    const last = Promise.all([
      new Promise<void>((resolve) => one.subscribe('news.last', () => resolve())),
      new Promise<void>((resolve) => other.subscribe('news.last', () => resolve())),
    ]);
    await one.subscribe('news.process.up', (payload) => heard.exact.push(payload));
    await one.subscribe('news.*.up', (payload) => heard.star.push(payload));
    await other.subscribe('news.>', (payload, topic) => topic !== 'news.last' && heard.rest.push(payload));
    for (const n of numbers(100)) publisher.publish(n % 2 === 0 ? 'news.process.up' : 'news.network.up', n);
    publisher.publish('news.process.down', 'down');
    publisher.publish('other', 'no');
    publisher.publish('news.last', null);
    await last;
    expect(heard).toEqual({
      exact: numbers(100).filter((n) => n % 2 === 0),
      star: numbers(100),
      rest: [...numbers(100), 'down'],
    });
  });

  test('reach one of a group each, in turn', async ({ startBus }) => {
    const bus = await startBus();
    const clients = [await bus.connect(), await bus.connect(), await bus.connect()];
    const heard: unknown[][] = [[], [], []];
    for (const [index, client] of clients.entries())
      await client.subscribe('work', (payload) => heard[index]?.push(payload), { group: 'workers' });
    const ended = Promise.all(
      clients.map((client) => new Promise<void>((resolve) => client.subscribe('end', () => resolve()))),
    );
    const publisher = await bus.connect();
    // The subscriptions before are in effect once a later question is answered.
    await Promise.all(clients.map((client) => client.stats()));
    for (const n of numbers(9)) publisher.publish('work', n);
    publisher.publish('end', null);
    await ended;
    expect(heard).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5, 8],
    ]);
  });

  test('are published and heard by the command too', async ({ startBus }) => {
    const bus = await startBus();
    const hearing = await bus.startSubscriber('control.>');
    expect(await bus.run('publish', 'control.collector.note', '{"a":1}')).toMatchObject({ exitCode: 0 });
    const line = await hearing.logs.waitForLine('control.collector.note');
    expect(JSON.parse(line.text)).toEqual({ topic: 'control.collector.note', payload: { a: 1 } });
  });
});
