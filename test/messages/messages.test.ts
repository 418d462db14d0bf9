import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { MessageConnection } from '../../src/messages/message-connection.js';
import { measureRoundTrips } from '../../src/messages/round-trips.js';
import type { StreamAddress } from '../../src/messages/stream-address.js';
import { createFolder } from '../support/create-folder.js';
import { TYPESCRIPT } from '../support/typescript.js';
import { dial, serve, socketPath } from './pair.js';

/** What a program of `child` tells, run in a folder that goes with the test. */
function runChild(name: string, ...args: readonly string[]): unknown {
  const cwd = createFolder();
  const file = fileURLToPath(new URL(`child/${name}`, import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [...TYPESCRIPT, file, ...args], { cwd, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** What a protocol of the tests asks and answers. */
type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (message: unknown): Fields => Object(message) as Fields;

const places: readonly [string, () => StreamAddress][] = [
  ['a Unix socket', () => ({ unix: socketPath() })],
  ['TCP', () => ({ tcp: 0, host: '127.0.0.1' })],
];

describe.each(places)('over %s', (_name, address) => {
  test('requests are answered, each by its own answer, in whatever order these come', async () => {
    const waiting: { message: Fields; connection: MessageConnection<unknown> }[] = [];
    const server = await serve(
      {
        handle: (message, connection) => {
          waiting.push({ message: fieldsOf(message), connection });
          if (waiting.length < 3) return;
          // The last that came is answered first.
          for (const each of waiting.toReversed())
            each.connection.send({ id: each.message['id'], ok: each.message['n'] });
        },
      },
      address(),
    );
    const client = await dial(server.address);
    const answers = await Promise.all([1, 2, 3].map((n) => client.request({ n })));
    expect(answers.map((each) => fieldsOf(each)['ok'])).toEqual([1, 2, 3]);
    expect(client.pendingRequests).toBe(0);
  });

  test('a broadcast reaches everybody, and what came is kept with its connection', async () => {
    const server = await serve({}, address());
    const [a, b] = [await dial(server.address), await dial(server.address)];
    await server.waitForConnections(2);
    server.broadcast({ kind: 'hello' });
    const isHello = (message: unknown): boolean => fieldsOf(message)['kind'] === 'hello';
    expect(
      (await Promise.all([a, b].map((each) => each.waitForMessage(isHello)))).map(({ message }) => message),
    ).toEqual([{ kind: 'hello' }, { kind: 'hello' }]);
    b.send({ from: 'b' });
    a.send({ from: 'a' });
    const records = await server.waitForMessages(2);
    expect(records.map(({ message, connection }) => [fieldsOf(message)['from'], connection]).sort()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });
});

test('other framings: answers come in order, also after one that was given up', async () => {
  const held: (() => void)[] = [];
  const server = await serve({
    framing: 'lines',
    handle: (line) => {
      if (line !== 'slow') return `got ${line}`;
      return new Promise<string>((resolve) => held.push(() => resolve('at last')));
    },
  });
  const client = await dial(server.address, { framing: 'lines' });
  expect(await client.request('a')).toBe('got a');
  await expect(client.request('slow', { timeoutMs: 20 })).rejects.toThrow(
    /^Client of .*bus\.sock \(connected\) has got no answer to "slow" in 20 ms$/,
  );
  const next = client.request('b');
  held[0]?.();
  expect(await next).toBe('got b');
  expect(client.lateAnswers).toBe(1);
});

test('bytes after their length, and a correlation of a protocol’s own', async () => {
  const server = await serve({ framing: 'length', handle: (bytes) => Buffer.from(bytes.toReversed()) });
  const client = await dial(server.address, {
    framing: 'length',
    correlation: {
      attach: (message, id) => Buffer.from([id, ...message, id]),
      read: (message) => message[0],
    },
  });
  expect([...(await client.request(Buffer.from('ab')))]).toEqual([1, 98, 97, 1]);
  expect([...(await client.request(Buffer.from('')))]).toEqual([2, 2]);
});

test('listeners see what comes until they are taken back', async () => {
  const server = await serve();
  const client = await dial(server.address);
  const seen: unknown[] = [];
  const listening = server.onMessage(({ message }) => seen.push(message));
  client.send(1);
  await server.waitForMessages(1);
  listening[Symbol.dispose]();
  client.send(2);
  await server.waitForMessages(2);
  expect(seen).toEqual([1]);
});

test('what does not come is told with what came, and whose wait it was', async () => {
  const server = await serve({}, { tcp: 0, host: '127.0.0.1' });
  const client = await dial(server.address);
  client.send({ kind: 'other' });
  await server.waitForMessages(1);
  await expect(
    server.waitForMessage(() => false, { timeoutMs: 10, description: 'the result of job 7' }),
  ).rejects.toThrow(
    `Server at 127.0.0.1:${server.port} (1 connected) has not got the result of job 7 in 10 ms: the last: {"kind":"other"}`,
  );
  await expect(client.waitForMessages(2, { timeoutMs: 10 })).rejects.toThrow(
    `Client of 127.0.0.1:${server.port} (connected) has got 0 of 2 messages in 10 ms: nothing came`,
  );
});

test('messages of one connection are handled one after the other', async () => {
  const log: string[] = [];
  const server = await serve({
    framing: 'lines',
    handle: async (line) => {
      log.push(`${line} begins`);
      await new Promise(setImmediate);
      log.push(`${line} ends`);
      return line;
    },
  });
  const client = await dial(server.address, { framing: 'lines' });
  await Promise.all(['a', 'b', 'c'].map((line) => client.request(line)));
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('what was sent before a close arrives', async () => {
  const server = await serve();
  const client = await dial(server.address);
  for (let n = 0; n < 2000; n += 1) client.send({ n, text: 'x'.repeat(100) });
  await client.close();
  await server.waitForMessages(2000);
  expect(server.receivedCount).toBe(2000);
  expect(client.state).toBe('closed');
  await client.close();
});

test('measureRoundTrips: as many as were asked for, and what they took', async () => {
  const server = await serve({ handle: (message) => message });
  const client = await dial(server.address);
  const rounds: number[] = [];
  const trips = await measureRoundTrips(
    (round) => {
      rounds.push(round);
      return client.request({ round });
    },
    { rounds: 200, warmUpRounds: 10 },
  );
  expect(rounds).toEqual(Array.from({ length: 210 }, (_, index) => index));
  expect(trips.count).toBe(200);
  expect(trips.minMs).toBeGreaterThan(0);
  expect(trips.p50Ms).toBeGreaterThanOrEqual(trips.minMs * 0.99);
  expect(trips.p99Ms).toBeGreaterThanOrEqual(trips.p50Ms);
  expect(trips.maxMs).toBeGreaterThanOrEqual(trips.p99Ms * 0.99);
  expect(String(trips)).toMatch(/^200 round trips: p50 \d+\.\d{3} ms, p99 \d+\.\d{3} ms, most \d+\.\d{3} ms$/);
});

test('measureRoundTrips: one that is called off gives what it has, and one that fails fails', async () => {
  const calledOff = new AbortController();
  const once = async (round: number): Promise<void> => {
    if (round === 4) calledOff.abort();
  };
  expect((await measureRoundTrips(once, { warmUpRounds: 0, signal: calledOff.signal })).count).toBe(5);
  await expect(measureRoundTrips(() => Promise.reject(new Error('hung up')))).rejects.toThrow('hung up');
});

test('a pipe of Windows carries what others do: here by the same code, with a file of its name in its place', () => {
  const pipe = '\\\\.\\pipe\\glovebox-messages';
  expect(runChild('over-pipe.ts', ...(process.platform === 'win32' ? [] : ['pretend']))).toEqual({
    port: 0,
    address: { pipe },
    length: 1_000_018,
    second: 'EADDRINUSE',
    news: { kind: 'news' },
    wait: expect.stringMatching(/^Server at .*glovebox-messages \(1 connected\) has not got the message in 1 ms/),
    again: { n: 2, id: 2 },
    nobody: `${pipe} cannot be connected to: ENOENT`,
    connections: 2,
  });
});

test('what a handler throws is uncaught, tells of which server and of which message, and ends the connection', () => {
  const lines = [
    '1044 bytes (type "submit", topic "tasks"), of connection 1: no such task | Error: no such task',
    '8 bytes ("plain"), of connection 1: the store is closed | TypeError: the store is closed',
    '23 bytes (kind "next", id 7), of connection 1: send: a message must be plain data, that JSON can write',
    '6 bytes ([1,2]), of connection 1: it threw "nothing" | nothing',
  ];
  expect(runChild('throwing-handler.ts')).toEqual(
    lines.map((line) => expect.stringContaining(`Server at 127.0.0.1 could not handle a message of ${line}`)),
  );
});
