import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { withoutSecondEnds } from '../../../src/netns/impair/reset-connections.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

async function createConnections(settings: object = {}) {
  const lab = keep(
    await createLab({
      hosts: { client: {}, server: {} },
      links: { cable: { ends: ['client', 'server'], ...settings } },
      families: ['ipv4', 'ipv6'],
    }),
  );
  const accepted: Socket[] = [];
  const errors: string[] = [];
  const listen = (end: string, socket: Socket): void => {
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(`${end} ${error.code}`));
  };
  const connect = async (port: number, family: 'ipv4' | 'ipv6' = 'ipv4') => {
    const host = lab.hosts.server.addresses({ family })[0]?.address ?? '';
    const server = lab.hosts.server.listen({ port, host: family === 'ipv4' ? '0.0.0.0' : '::' }, (socket) => {
      accepted.push(socket);
      listen(`server ${port}`, socket);
    });
    const client = lab.hosts.client.connect({ host, port });
    listen(`client ${port}`, client);
    await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    return client;
  };
  return { lab, connect, accepted, errors };
}

/** Resolves when a socket is over, whether it says why or not. */
function ended(sockets: readonly Socket[]): Promise<unknown> {
  return Promise.all(
    sockets.map((socket) => (socket.closed ? undefined : new Promise((done) => socket.once('close', done)))),
  );
}

describe('connections are reset', () => {
  test.each(['ipv4', 'ipv6'] as const)('at once, at both ends, by %s, and others are not', async (family) => {
    const { lab, connect, accepted, errors } = await createConnections();
    const one = await connect(80, family);
    const two = await connect(81, family);
    const reset = lab.hosts.server.resetConnections({ port: 80 });
    expect(reset).toMatchObject([{ localPort: 80, remotePort: one.localPort }]);
    await ended([one, ...accepted.slice(0, 1)]);
    expect(errors.sort()).toEqual(['client 80 ECONNRESET', 'server 80 ECONNABORTED']);
    two.write('still here');
    const other = accepted[1];
    expect(other && String((await once(other, 'data'))[0])).toBe('still here');
    expect(lab.hosts.server.resetConnections({ port: 80 })).toEqual([]);
  });

  test.each([{}, { wire: true }])('in the whole lab, by address and port of either way: %o', async (settings) => {
    const { lab, connect, accepted, errors } = await createConnections(settings);
    const client = await connect(80);
    const { server } = lab.hosts;
    expect(lab.resetConnections({ sourcePort: 80, destination: '10.0.9.0/24' })).toEqual([]);
    expect(lab.resetConnections({ source: server.address, sourcePort: 80 }).length).toBeGreaterThan(0);
    await ended([client, ...accepted]);
    expect(errors.some((error) => error.startsWith('client 80 ECONN'))).toBe(true);
    expect(errors.some((error) => error.startsWith('server 80 ECONN'))).toBe(true);
    // Who listens goes on listening.
    await once(lab.hosts.client.connect({ host: server.address, port: 80 }), 'connect');
  });

  test('and not who listens, in whose place the kernel finds it once the other end was reset', async () => {
    const { lab } = await createConnections();
    const { server } = lab.hosts;
    const listening = server.listen({ port: 90 }, (socket) => void socket.on('error', () => {}));
    const clients: Socket[] = [];
    for (let count = 0; count < 8; count += 1) {
      const client = server.connect({ host: '127.0.0.1', port: 90 }).on('error', () => {});
      await Promise.all([once(client, 'connect'), once(listening, 'connection')]);
      clients.push(client);
    }
    // Both ends are of this host: by the time that it is the second's turn, the first has taken it along.
    server.resetConnections({ port: 90 });
    await ended(clients);
    await once(server.connect({ host: '127.0.0.1', port: 90 }), 'connect');
  });

  test('only of TCP', async () => {
    const { lab } = await createConnections();
    expect(() => lab.resetConnections({ protocol: 'udp' })).toThrow(
      'lab.resetConnections: filter.protocol must be "tcp", or be left out: only TCP has connections',
    );
    expect(() => lab.hosts.client.resetConnections({ port: -1 })).toThrow(
      'host "client".resetConnections: filter.port must be a whole number from 0 to 65535; received -1',
    );
  });
});

test('a connection is told once where its second end has not heard of the reset yet', () => {
  const seen = { localAddress: '10.0.0.1', localPort: 40_000, remoteAddress: '10.0.0.2', remotePort: 7000 };
  const there = {
    localAddress: '::ffff:10.0.0.2',
    localPort: 7000,
    remoteAddress: '::ffff:10.0.0.1',
    remotePort: 40_000,
  };
  const another = { ...seen, localPort: 40_001 };
  expect(withoutSecondEnds([seen, another, there])).toEqual([seen, another]);
});
