import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import type { Netns } from '../../../src/netns/netns.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { createNetns } from '../create-netns.js';
import { fillQueue } from './fill-queue.js';

needsNamespaces();

const echo = (socket: Socket): void => void socket.pipe(socket);

async function ask(socket: Socket, text: string): Promise<string> {
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

describe('a server in a namespace', () => {
  test('listens when listen returns, and is reached from inside alone', async () => {
    const netns = createNetns();
    const server = netns.listen({ host: '127.0.0.1' }, echo);
    const { port } = server.address() as AddressInfo;
    expect(netns.proc.sockets('tcp')).toMatchObject([
      { state: 'listen', localAddress: '127.0.0.1', localPort: port, remotePort: 0 },
    ]);
    expect(await ask(netns.connect({ host: '127.0.0.1', port }), 'hello')).toBe('hello');
    const [error] = await once(connect({ host: '127.0.0.1', port }), 'error').catch((error: unknown) => [error]);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('may have the port that one in another namespace has, and none beside it', () => {
    const [one, other] = [createNetns(), createNetns()];
    one.listen({ host: '127.0.0.1', port: 80 });
    other.listen({ host: '127.0.0.1', port: 80 });
    expect(() => one.listen({ host: '127.0.0.1', port: 80 })).toThrow(
      'bind a server to 127.0.0.1 port 80: EADDRINUSE: address already in use, bind',
    );
    expect(() => one.listen({ host: '10.9.8.7', port: 81 })).toThrow('EADDRNOTAVAIL');
    expect(one.proc.sockets('tcp')).toHaveLength(1);
  });

  test('shares a port that all of them say they share', () => {
    const netns = createNetns();
    netns.listen({ host: '127.0.0.1', port: 80, reusePort: true });
    netns.listen({ host: '127.0.0.1', port: 80, reusePort: true });
    expect(netns.proc.sockets('tcp')).toHaveLength(2);
  });

  test('listens on IPv6, for IPv4 too unless it is told not to', async () => {
    const netns = createNetns();
    netns.listen({ host: '::', port: 80 }, echo);
    netns.listen({ host: '::', port: 81, ipv6Only: true }, echo);
    expect(await ask(netns.connect({ host: '::1', port: 80 }), 'six')).toBe('six');
    expect(await ask(netns.connect({ host: '127.0.0.1', port: 80 }), 'four')).toBe('four');
    expect(await ask(netns.connect({ host: '::1', port: 81 }), 'six')).toBe('six');
    await expect(ask(netns.connect({ host: '127.0.0.1', port: 81 }), 'four')).rejects.toThrow('ECONNREFUSED');
  });

  test('tells every mistake in its options at once', () => {
    const netns = createNetns();
    expect(() => netns.listen({ port: 70_000, backlog: -1, hots: 'x' } as object)).toThrow(
      'Netns.listen: 3 mistakes:\n' +
        '  - "hots" is no option. Did you mean "host"?\n' +
        '  - port must be a whole number from 0 to 65535, not 70000\n' +
        '  - backlog must be a whole number from 0 to 2147483647, not -1',
    );
  });
});

describe('a connection from a namespace', () => {
  test('is made in it, whatever runs before it is', async () => {
    const [one, other] = [createNetns(), createNetns()];
    one.listen({ host: '127.0.0.1', port: 80 }, (socket) => socket.end('one'));
    other.listen({ host: '127.0.0.1', port: 80 }, (socket) => socket.end('other'));
    const place = { host: '127.0.0.1', port: 80 } as const;
    const answers = [one, other, one, other].map((netns) => ask(netns.connect(place), ''));
    expect(await Promise.all(answers)).toEqual(['one', 'other', 'one', 'other']);
  });

  test('comes from the address and the port that are asked for', async () => {
    const netns = createNetns();
    netns.listen({ host: '127.0.0.1', port: 80 }, (socket) =>
      socket.end(`${socket.remoteAddress} ${socket.remotePort}`),
    );
    const local = { localAddress: '127.0.0.9', localPort: 4321 };
    expect(await ask(netns.connect({ host: '127.0.0.1', port: 80, ...local, noDelay: true }), '')).toBe(
      '127.0.0.9 4321',
    );
  });

  test('goes to names of the hosts table, and to no other', async () => {
    const netns = createNetns({ hosts: { relay: '127.0.0.2' } });
    netns.listen({ host: 'relay', port: 80 }, (socket) => socket.end(socket.localAddress ?? 'none'));
    expect(await ask(netns.connect({ host: 'relay', port: 80 }), '')).toBe('127.0.0.2');
    expect(await ask(netns.connect({ host: 'other', port: 80, hosts: () => '127.0.0.2' }), '')).toBe('127.0.0.2');
    expect(() => netns.connect({ host: 'realy', port: 80 })).toThrow(
      'Netns.connect: host "realy" is neither an IP address nor a name of the hosts table. Did you mean "relay"? ' +
        'Names are not looked up: DNS would be asked from outside the namespace. ' +
        'Give its address, or hosts: { "realy": "10.0.0.1" }',
    );
    expect(() => netns.connect({ host: 'bad', port: 80, hosts: { bad: 'worse' } })).toThrow(
      'the hosts table says "worse" for "bad", which is no IP address',
    );
    expect(() => netns.connect({ host: 'toString', port: 80 })).toThrow('neither an IP address nor a name');
  });

  test('tells of a refusal by its error event, and of a signal and a deadline in glovebox’s words', async () => {
    const netns = createNetns();
    const failing = async (socket: Socket): Promise<unknown> =>
      (await once(socket, 'connect').catch((error) => [error]))[0];
    expect(await failing(netns.connect({ host: '127.0.0.1', port: 9 }))).toMatchObject({ code: 'ECONNREFUSED' });
    const signal = AbortSignal.abort('enough');
    expect(await failing(netns.connect({ host: '127.0.0.1', port: 9, signal }))).toMatchObject({
      code: 'ERR_GLOVEBOX_ABORTED',
      cause: 'enough',
    });
  });

  test('that is never answered fails at its deadline', async () => {
    const netns = createNetns();
    fillQueue(netns, '127.0.0.1', 80);
    await once(netns.connect({ host: '127.0.0.1', port: 80 }), 'connect');
    const socket = netns.connect({ host: '127.0.0.1', port: 80, timeoutMs: 30 });
    const [error] = await once(socket, 'connect').catch((error: unknown) => [error]);
    expect(error).toMatchObject({
      code: 'ERR_GLOVEBOX_TIMEOUT',
      message: 'No connection to 127.0.0.1 port 80 within 30 ms. Is there a route, and does a firewall drop it?',
    });
  });

  test('reaches a link-local address through the interface that it names', async () => {
    const netns = createNetns();
    expect(() => netns.connect({ host: 'fe80::1%eth7', port: 80 })).toThrow('find interface "eth7": ENODEV');
    expect(() => netns.listen({ host: 'fe80::1%eth7' })).toThrow('find interface "eth7": ENODEV');
    expect(netns.proc.sockets()).toEqual([]);
  });
});

describe('an abstract unix socket', () => {
  test('belongs to a namespace', async () => {
    const [one, other] = [createNetns(), createNetns()];
    one.listen({ abstractName: 'control' }, (socket) => socket.end('one'));
    other.listen({ abstractName: 'control' }, (socket) => socket.end('other'));
    expect(await ask(one.connect({ abstractName: 'control' }), '')).toBe('one');
    expect(await ask(other.connect({ abstractName: 'control' }), '')).toBe('other');
    await expect(ask(one.connect({ abstractName: 'contro' }), '')).rejects.toThrow('ECONNREFUSED');
    expect(() => one.listen({ abstractName: 'control' })).toThrow(
      'bind a server to abstract unix socket "control": EADDRINUSE',
    );
    expect(() => one.listen({ abstractName: 'x'.repeat(108) })).toThrow('1 to 107 bytes');
  });
});

describe('many sockets', () => {
  test('of two namespaces at once all find their own', async () => {
    const all: readonly Netns[] = [createNetns(), createNetns()];
    all.forEach((netns, index) => {
      netns.listen({ host: '127.0.0.1', port: 80 }, (socket) => socket.end(String(index)));
    });
    const answers = Array.from({ length: 200 }, async (_, count) => {
      const netns = all[count % 2];
      if (count % 3 === 0) await setImmediate();
      return netns === undefined ? '' : ask(netns.connect({ host: '127.0.0.1', port: 80 }), '');
    });
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 200 }, (_, count) => String(count % 2)));
    await until(() => all.every((netns) => netns.proc.sockets('tcp').every(({ state }) => state !== 'established')));
  });
});
