import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { within } from '../../src/core/within.js';
import { connectMessages } from '../../src/messages/connect-messages.js';
import { serveMessages } from '../../src/messages/message-server.js';
import { measureRoundTrips } from '../../src/messages/round-trips.js';
import type { StreamAddress } from '../../src/messages/stream-address.js';
import { dial, serve, socketPath, stranger } from './pair.js';

function wrong<T>(value: unknown): T {
  return value as T;
}

describe('a server of strangers', () => {
  test.each<readonly [string, Buffer, object]>([
    [
      'garbage',
      Buffer.from('\xff\xfe{{\n'),
      {
        code: 'ERR_GLOVEBOX_MESSAGE_MALFORMED',
        message: expect.stringMatching(/^connection 1: what came is no line of JSON: /),
      },
    ],
    [
      'a line without end',
      Buffer.alloc(5000, 'a'),
      {
        code: 'ERR_GLOVEBOX_MESSAGE_TOO_LARGE',
        message:
          'connection 1: a line is longer than is allowed: 1000 bytes are allowed. Raise maxMessageBytes if that is right; else the other side speaks another protocol',
      },
    ],
  ])('%s ends its connection alone, and is told', async (_what, bytes, error) => {
    const server = await serve({ maxMessageBytes: 1000, handle: (message) => message });
    const client = await dial(server.address);
    await server.waitForConnections(1);
    const bad = await stranger(server.address);
    await server.waitForConnections(2);
    bad.write(bytes);
    await once(bad, 'close');
    await expect
      .poll(() => server.ends)
      .toEqual([{ connection: 2, error: expect.objectContaining({ ...error, message: expect.anything() }) }]);
    expect(await client.request({ a: 1 })).toEqual({ a: 1, id: 1 });
    await expect(server.waitForMessage(() => false, { timeoutMs: 5 })).rejects.toThrow(
      '(1 connected; the last that ended badly: connection 2: ',
    );
  });

  test('half a message at the end is told, an end between two messages is not', async () => {
    const server = await serve({ framing: 'length' });
    const half = await stranger(server.address);
    half.end(Buffer.from([0, 0, 0, 9, 1, 2]));
    await expect.poll(() => server.ends.length).toBe(1);
    const whole = await stranger(server.address);
    whole.end(Buffer.from([0, 0, 0, 1, 7]));
    await expect.poll(() => server.ends.length).toBe(2);
    expect(server.ends).toEqual([
      {
        connection: 1,
        error: expect.objectContaining({
          code: 'ERR_GLOVEBOX_MESSAGE_CUT_OFF',
          message: 'connection 1: the connection ended in the middle of a message, of which 6 bytes had come',
        }),
      },
      { connection: 2 },
    ]);
    expect(server.received().map(({ message }) => [...message])).toEqual([[7]]);
  });

  test('what is announced and never comes is not kept for', async () => {
    const server = await serve({ framing: 'length', maxMessageBytes: 1_000_000 });
    const before = process.memoryUsage().arrayBuffers;
    const all = await Promise.all(Array.from({ length: 50 }, () => stranger(server.address)));
    for (const each of all) each.write(Buffer.from([0, 0x0f, 0x42, 0x40, 1]));
    await server.waitForConnections(50);
    await expect.poll(() => process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    expect(server.ends).toEqual([]);
  });
});

describe('a peer that does not read', () => {
  test('backlog is visible, and a send beyond what may be kept is refused', async () => {
    const server = await serve({ onConnection: (connection) => connection.pause() });
    const client = await dial(server.address, { maxBacklogBytes: 1_000_000 });
    const text = 'x'.repeat(10_000);
    let error: unknown;
    let refusedAt = 0;
    let keepsUp = true;
    for (; refusedAt < 1000 && error === undefined; refusedAt += 1) {
      try {
        keepsUp = client.send(text);
        await new Promise(setImmediate);
      } catch (thrown) {
        error = thrown;
      }
    }
    expect(error).toMatchObject({
      code: 'ERR_GLOVEBOX_MESSAGE_BACKLOG',
      message: expect.stringMatching(
        /the other side does not read: \d+ bytes would wait for it, and 1000000 may\. Wait for drained\(\) between messages$/,
      ),
    });
    expect(keepsUp).toBe(false);
    expect(client.backlogBytes).toBeGreaterThan(900_000);
    expect(client.backlogBytes).toBeLessThanOrEqual(1_000_000);
    const drained = client.drained();
    expect(await within(drained, 20)).toBe(undefined);
    server.connections[0]?.resume();
    await drained;
    await server.waitForMessages(refusedAt - 1);
    expect(client.send(text)).toBe(true);
  });

  test('a server waits with its answers for one who does not read them, and keeps little', async () => {
    const server = await serve({ framing: 'length', handle: () => Buffer.alloc(100_000) });
    const client = await dial(server.address, { framing: 'length' });
    client.pause();
    for (let count = 0; count < 500; count += 1) client.send(Buffer.from([count & 0xff]));
    await server.waitForMessages(3);
    const [connection] = server.connections;
    await expect.poll(() => connection?.backlogBytes).toBeGreaterThan(0);
    expect(connection?.backlogBytes).toBeLessThan(200_000);
    expect(server.receivedCount).toBeLessThan(50);
    client.resume();
    // 50 MB, which take a busy machine seconds.
    await client.waitForMessages(500, { timeoutMs: 20_000 });
    expect(server.receivedCount).toBe(500);
  });

  test('a wait for one who hangs up instead is over', async () => {
    const server = await serve({ onConnection: (connection) => connection.pause() });
    const client = await dial(server.address);
    while (client.send('x'.repeat(100_000))) await new Promise(setImmediate);
    const drained = client.drained();
    server.connections[0]?.destroy();
    await expect(drained).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_MESSAGE_CLOSED' });
    await expect(client.drained()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_MESSAGE_CLOSED' });
    expect(() => client.send('more')).toThrow(/nothing can be sent$/);
  });

  test('a message that is too large is refused by whoever would send it', async () => {
    const server = await serve();
    const client = await dial(server.address, { maxMessageBytes: 100 });
    expect(() => client.send('x'.repeat(200))).toThrow(/: a message of 203 bytes was to be sent, and 100 are allowed$/);
    expect(client.state).toBe('connected');
  });
});

describe('a server that goes away', () => {
  test('requests without an answer fail, and the client has ended', async () => {
    const server = await serve();
    const client = await dial(server.address);
    const answer = client.request({ a: 1 });
    await server.waitForMessages(1);
    server.connections[0]?.destroy();
    await expect(answer).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_MESSAGE_CLOSED',
      message: expect.stringMatching(/: there will be no answer$/),
    });
    await client.ended;
    expect(client.state).toBe('closed');
    await expect(client.untilConnected()).rejects.toThrow('it does not connect again');
    await expect(client.request({ a: 1 })).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_MESSAGE_CLOSED' });
  });

  test('a connection that is being ended is none to a client that waits for one', async () => {
    const server = await serve({ handle: (message) => message });
    const client = await dial(server.address, { reconnect: { delayMs: 1 } });
    client.disconnect();
    await client.untilConnected();
    expect([client.connectionCount, await client.request({ n: 1 })]).toEqual([2, { id: 1, n: 1 }]);
  });

  test('a client that reconnects does, again and again, and asks anew', async () => {
    const server = await serve({ handle: (message) => message });
    const client = await dial(server.address, { reconnect: { delayMs: 1 } });
    for (let count = 1; count <= 3; count += 1) {
      await client.untilConnected();
      expect(await client.request({ count })).toEqual({ count, id: count });
      expect(client.connectionCount).toBe(count);
      await server.waitForConnections(1);
      server.connections[0]?.destroy();
      await expect.poll(() => client.connectionCount).toBe(count + 1);
    }
    expect(client.received().map(({ connection }) => connection)).toEqual([1, 2, 3]);
  });

  test('a client that reconnects waits for a server that is not there yet', async () => {
    const address = { unix: socketPath() };
    const client = dial(address, { reconnect: { delayMs: 1 } });
    const server = await serve({ handle: (message) => message }, address);
    expect(await (await client).request({ a: 1 })).toEqual({ a: 1, id: 1 });
    await server[Symbol.asyncDispose]();
  });

  test('attempts in a row that fail are as many as were asked for', async () => {
    const server = await serve();
    const client = await dial(server.address, { reconnect: { delayMs: 1, attempts: 3 } });
    await server[Symbol.asyncDispose]();
    expect((await client.ended).error).toMatchObject({ code: expect.stringMatching(/^(ENOENT|ECONNREFUSED)$/) });
    expect(client.state).toBe('closed');
  });
});

describe('nobody there', () => {
  test('is told at once, or after the time that was given', async () => {
    const address = { unix: socketPath() };
    await expect(connectMessages(address)).rejects.toMatchObject({
      name: 'MessageError',
      code: 'ERR_GLOVEBOX_MESSAGE_CONNECT',
      message: `${address.unix} cannot be connected to: ENOENT`,
    });
    await expect(connectMessages(address, { reconnect: true, timeoutMs: 50 })).rejects.toThrow(
      'cannot be connected to: ENOENT',
    );
  });

  test('a wait for a server that is called off', async () => {
    const calledOff = new AbortController();
    const waiting = connectMessages({ unix: socketPath() }, { reconnect: true, signal: calledOff.signal });
    setImmediate(() => calledOff.abort(new Error('Ctrl-C')));
    await expect(waiting).rejects.toMatchObject({
      name: 'AbortedError',
      cause: expect.objectContaining({ message: 'Ctrl-C' }),
    });
    await expect(connectMessages({ unix: '/tmp/x' }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortedError',
    });
  });

  test('a request that is called off', async () => {
    const server = await serve();
    const client = await dial(server.address);
    const calledOff = new AbortController();
    const answer = client.request({ a: 1 }, { signal: calledOff.signal });
    calledOff.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortedError' });
    await expect(client.request('no object')).rejects.toThrow(
      'a request must be an object, to bear an id; received "no object"',
    );
    expect(client.pendingRequests).toBe(0);
  });
});

describe('mistakes of a call', () => {
  test.each<readonly [string, () => Promise<unknown>, string]>([
    [
      'no address',
      () =>
        serveMessages(
          wrong<StreamAddress>({ tcp: 70_000, unix: '' }),
          wrong<object>({ handel: 1, maxMessageBytes: 0 }),
        ),
      'serveMessages: 5 mistakes:\n  - either { tcp: port } or { unix: path } must be given, not {"tcp":70000,"unix":""}\n  - tcp must be a port from 0 to 65535, not 70000\n  - unix must be a path, not ""\n  - "handel" is no option. Did you mean "handle"?\n  - maxMessageBytes must be a whole number above 0; received 0',
    ],
    [
      'a path that is too long',
      () => serveMessages({ unix: `/tmp/${'a'.repeat(110)}` }),
      expect.stringMatching(
        /^serveMessages: unix must be at most 107 bytes long, and "\/tmp\/a+\.\.\. has 115: use a shorter folder$/,
      ),
    ],
    [
      'a pipe as a path',
      () => serveMessages({ unix: '\\\\.\\pipe\\broker' }),
      'serveMessages: unix must be a path; for a pipe of Windows give { pipe: "\\\\\\\\.\\\\pipe\\\\broker" }',
    ],
    [
      'a pipe that is none',
      () => serveMessages({ pipe: wrong('broker') }),
      'serveMessages: pipe must be a name such as "\\\\\\\\.\\\\pipe\\\\broker", not "broker"',
    ],
    [
      'a client',
      () =>
        connectMessages(
          { tcp: 0 },
          wrong<object>({ framing: 'xml', correlation: 'luck', reconnect: { delayMs: -1, attempts: 0 } }),
        ),
      'connectMessages: 5 mistakes:\n  - tcp must be the port of a server; received 0\n  - framing must be "json", "lines", "length", "raw", or have encode() and createDecoder(); received "xml"\n  - correlation must be "id", "order", or have attach() and read(); received "luck"\n  - reconnect.delayMs must be a finite number of milliseconds, 0 or more; received -1\n  - reconnect.attempts must be a whole number above 0; received 0',
    ],
    [
      'a probe',
      () => measureRoundTrips(wrong(undefined), { rounds: 0 }),
      'measureRoundTrips: 2 mistakes:\n  - once must be a function that makes a round trip; received undefined\n  - rounds must be a whole number above 0; received 0',
    ],
  ])('%s', async (_what, make, message) => {
    await expect(make()).rejects.toMatchObject({ name: 'UsageError', message });
  });

  test('a pipe of Windows is told to be one where there are none', async () => {
    await expect(serveMessages({ pipe: '\\\\.\\pipe\\broker' })).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: `named pipes is not available: "\\\\\\\\.\\\\pipe\\\\broker" is a pipe of Windows, and this is ${process.platform}. To mend it: give { unix: path } here`,
    });
  });

  test('a path that somebody listens at is refused by the system', async () => {
    const server = await serve();
    await expect(serveMessages(server.address)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
