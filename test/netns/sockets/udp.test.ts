import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { isInUserNamespace } from '../../../src/native/user-namespace.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { encodeCreateVeth } from '../../../src/netns/netlink/veth.js';
import type { Netns } from '../../../src/netns/netns.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { createNetns } from '../create-netns.js';

needsNamespaces();

const NO_ZONE = 'Node.js looks for interface 2 where the process is, and there is the loopback alone';

/** Two namespaces with a veth between, `eth0` at both ends, and its link-local addresses. */
async function createPair(index = 2): Promise<readonly [Netns, string, Netns, string]> {
  const [one, other] = [createNetns(), createNetns()];
  for (const netns of [one, other]) netns.sysctl.write('net.ipv6.conf.default.accept_dad', 0);
  one.netlink.request(encodeCreateVeth({ name: 'eth0', index, peer: { name: 'eth0', index, netnsFd: other.fd } }));
  for (const netns of [one, other]) netns.netlink.request(encodeSetLink({ index, isUp: true }));
  return [one, await findLinkLocal(one), other, await findLinkLocal(other)];
}

async function findLinkLocal(netns: Netns): Promise<string> {
  const found = await until(() =>
    netns.proc
      .ipv6Routes()
      .find(({ destination, interface: name }) => name === 'eth0' && /^fe80::.*\/128$/.test(destination)),
  );
  return `${found.destination.replace('/128', '')}%eth0`;
}

describe('a UDP socket in a namespace', () => {
  test('is bound when udp returns: what is sent before the next turn arrives', async () => {
    const netns = createNetns();
    const receiver = netns.udp({ host: '127.0.0.1' });
    const sender = netns.udp({ host: '127.0.0.3', port: 7 });
    await Promise.all([
      sender.send('one', receiver.port, '127.0.0.1'),
      sender.send(Uint8Array.of(1, 2), receiver.port, 'localhost'),
    ]);
    expect(await receiver.receive()).toEqual({ data: Buffer.from('one'), address: '127.0.0.3', port: 7 });
    expect((await receiver.receive()).data).toEqual(Buffer.from([1, 2]));
    expect(receiver).toMatchObject({ received: 2, queued: 0, dropped: 0, family: 'IPv4', closed: false });
  });

  test('says what came when nothing comes', async () => {
    const receiver = createNetns().udp({ host: '127.0.0.1', port: 5 });
    await expect(receiver.receive({ timeoutMs: 5 })).rejects.toThrow(
      'No datagram came to 127.0.0.1 port 5 within 5 ms, nor before',
    );
    await receiver.send('x', 5, '127.0.0.1');
    await receiver.receive();
    await expect(receiver.receive({ timeoutMs: 5 })).rejects.toThrow('within 5 ms, 1 had come before');
    await expect(receiver.receive({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_ABORTED',
    });
  });

  test('gets what had come before its deadline, though the event loop was busy then', async () => {
    const netns = createNetns();
    const receiver = netns.udp({ host: '127.0.0.1' });
    const receiving = receiver.receive({ timeoutMs: 1 });
    const sent = receiver.send('x', receiver.port, '127.0.0.1');
    const startMs = performance.now();
    while (performance.now() < startMs + 5) {
      // The datagram is in the kernel, and nothing can read it.
    }
    expect(String((await receiving).data)).toBe('x');
    await sent;
  });

  test('keeps no more than it is told to, and counts the rest', async () => {
    const netns = createNetns();
    const receiver = netns.udp({ host: '127.0.0.1', maxQueued: 2 });
    for (const text of ['a', 'b', 'c', 'd']) await receiver.send(text, receiver.port, '127.0.0.1');
    await until(() => receiver.received === 4);
    expect(receiver).toMatchObject({ queued: 2, dropped: 2 });
    expect([await receiver.receive(), await receiver.receive()].map(({ data }) => String(data))).toEqual(['a', 'b']);
  });

  test('shows the kernel’s own drops, when its buffer is full', async () => {
    const netns = createNetns();
    const receiver = netns.udp({ host: '127.0.0.1', receiveBufferBytes: 5000 });
    // All of them are sent before the event loop reads the first.
    const sent = Array.from({ length: 50 }, () => receiver.send(new Uint8Array(1000), receiver.port, '127.0.0.1'));
    const [entry] = netns.proc.sockets('udp');
    expect(entry?.drops).toBeGreaterThan(0);
    expect(entry?.receiveQueueBytes).toBeGreaterThan(0);
    expect(netns.proc.snmp().Udp.RcvbufErrors).toBe(entry?.drops);
    await Promise.all(sent);
  });

  test('takes a receive buffer past the limit of the system', ({ skip }) => {
    skip(isInUserNamespace(), 'net.core.rmem_max binds who is root of a user namespace alone');
    const receiver = createNetns().udp({ receiveBufferBytes: 64 << 20, sendBufferBytes: 32 << 20 });
    // The kernel doubles what is asked for: socket(7).
    expect(receiver.socket.getRecvBufferSize()).toBe(128 << 20);
    expect(receiver.socket.getSendBufferSize()).toBe(64 << 20);
  });

  test('gets what went wrong with what it had sent, when it is connected', async () => {
    const netns = createNetns();
    const socket = netns.udp({ host: '127.0.0.1' });
    socket.socket.connect(9, '127.0.0.1');
    await socket.send('nobody is there');
    await expect(socket.receive()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('refuses to send where there is no way, and to a name', async () => {
    const socket = createNetns().udp();
    await expect(socket.send('x', 9, '10.0.0.1')).rejects.toMatchObject({ code: 'ENETUNREACH' });
    await expect(socket.send('x', 9, '239.1.1.1')).rejects.toMatchObject({
      code: 'ENETUNREACH',
      message:
        'send ENETUNREACH 239.1.1.1:9. No route says which interface the group is on: name it, as in udp({ multicast: { interface: "eth0" } })',
    });
    await expect(socket.send('x', 9, 'example.com')).rejects.toThrow(
      'UdpSocket.send: host "example.com" is neither an IP address nor a name of the hosts table. Names are not looked up',
    );
    await expect(socket.send('x', 0, '127.0.0.1')).rejects.toThrow(
      'port must be a whole number from 1 to 65535, not 0',
    );
  });

  test('fails who waits when it is closed, and may be closed again', async () => {
    const socket = createNetns().udp();
    const waiting = expect(socket.receive()).rejects.toThrow('UdpSocket is closed: receive() is no longer possible');
    await Promise.all([socket.close(), socket.close(), waiting]);
    await socket.close();
    await expect(socket.send('x', 9, '127.0.0.1')).rejects.toThrow('UdpSocket is closed');
    expect(() => socket.join('239.1.1.1')).toThrow('UdpSocket is closed');
  });

  test('tells every mistake of its options at once', () => {
    expect(() => createNetns().udp({ port: -1, multicast: { ttl: 300 }, receiveBufferBytes: 0 })).toThrow(
      'Netns.udp: 3 mistakes:\n' +
        '  - port must be a whole number from 0 to 65535, not -1\n' +
        '  - receiveBufferBytes must be a whole number from 1 to 1073741823, not 0\n' +
        '  - ttl must be a whole number from 0 to 255, not 300',
    );
  });
});

describe('multicast', () => {
  const GROUP = '239.1.1.1';

  test('comes to those who have joined, as the kernel lists them, until they leave', async () => {
    const netns = createNetns();
    const member = netns.udp({ port: 5000, reuseAddress: true });
    const other = netns.udp({ port: 5000, reuseAddress: true });
    const sender = netns.udp({ multicast: { interface: 'lo', ttl: 4 } });
    for (const socket of [member, other]) socket.join(GROUP, { interface: 'lo' });
    expect(netns.proc.memberships()).toContainEqual({ interface: 'lo', index: 1, group: GROUP, users: 2 });
    await sender.send('x', 5000, GROUP);
    expect(String((await member.receive()).data)).toBe('x');
    expect(String((await other.receive()).data)).toBe('x');
    for (const socket of [member, other]) socket.leave(GROUP, { interface: 1 });
    expect(netns.proc.memberships().some(({ group }) => group === GROUP)).toBe(false);
  });

  test('does not come to a socket that has not joined, though another of the namespace has', async () => {
    const netns = createNetns();
    netns.udp({ port: 5000 }).join(GROUP, { interface: 'lo' });
    const stranger = netns.udp({ port: 5001 });
    const sender = netns.udp({ multicast: { interface: 'lo' } });
    await sender.send('to the group', 5001, GROUP);
    await sender.send('to the stranger', 5001, '127.0.0.1');
    expect(String((await stranger.receive()).data)).toBe('to the stranger');
  });

  test('comes from the source alone that was asked for', async () => {
    const netns = createNetns();
    const member = netns.udp({ port: 5000 });
    member.join(GROUP, { interface: 'lo', source: '127.0.0.2' });
    for (const host of ['127.0.0.3', '127.0.0.2']) {
      const sender = netns.udp({ host, multicast: { interface: 'lo' } });
      await sender.send(host, 5000, GROUP);
    }
    expect(String((await member.receive()).data)).toBe('127.0.0.2');
    expect(member.received).toBe(1);
  });

  test('is not looped back when that is switched off', async ({ skip }) => {
    skip(isInUserNamespace(), NO_ZONE);
    const [netns] = await createPair();
    const member = netns.udp({ host: '::', port: 5000, multicast: { interface: 'eth0', loop: false } });
    member.join('ff02::1234', { interface: 'eth0' });
    await member.send('lost', 5000, 'ff02::1234');
    member.configureMulticast({ loop: true });
    await member.send('heard', 5000, 'ff02::1234');
    expect(String((await member.receive()).data)).toBe('heard');
  });

  test('refuses what is no group, an interface that there is not, and to join or leave twice', () => {
    const socket = createNetns().udp();
    expect(() => socket.join('10.0.0.1')).toThrow(
      'UdpSocket.join: group must be a multicast address of IPv4, such as "239.1.1.1", not "10.0.0.1"',
    );
    expect(() => socket.join('ff02::1', { source: '::1' })).toThrow('2 mistakes');
    expect(() => socket.join(GROUP, { interface: 'eth7' })).toThrow('find interface "eth7": ENODEV');
    expect(() => socket.join(GROUP)).toThrow(
      /ENODEV: no such device, setsockopt\. No route says which interface the group is on: name it, as in \{ interface: "eth0" \}$/,
    );
    socket.join(GROUP, { interface: 'lo' });
    expect(() => socket.join(GROUP, { interface: 'lo' })).toThrow('join group 239.1.1.1 on interface "lo": EADDRINUSE');
    socket.leave(GROUP, { interface: 'lo' });
    expect(() => socket.leave(GROUP, { interface: 'lo' })).toThrow('EADDRNOTAVAIL');
  });

  test('of IPv6 crosses a link, from link-local addresses', async ({ skip }) => {
    skip(isInUserNamespace(), NO_ZONE);
    const [one, oneAddress, other, otherAddress] = await createPair();
    const member = other.udp({ host: '::', port: 5000 });
    member.join('ff02::1234', { interface: 'eth0' });
    member.join('ff05::1234', { interface: 'eth0', source: oneAddress.replace('%eth0', '') });
    const sender = one.udp({ host: '::', multicast: { interface: 'eth0', ttl: 2 } });
    await sender.send('any', 5000, 'ff02::1234');
    expect((await member.receive()).address.split('%')[0]).toBe(oneAddress.split('%')[0]);
    await sender.send('this source', 5000, 'ff05::1234');
    expect(String((await member.receive()).data)).toBe('this source');

    await sender.send('unicast', 5000, otherAddress);
    expect(String((await member.receive()).data)).toBe('unicast');
    const server = other.listen({ host: otherAddress, port: 80 }, (socket) => socket.end('tcp'));
    expect(server.listening).toBe(true);
    const socket = one.connect({ host: otherAddress, port: 80 });
    const [chunks] = await once(socket, 'data');
    expect(String(chunks)).toBe('tcp');
  });

  test('from a link-local address is told to be lost where the process has no interface of that number', async () => {
    const [one, , other] = await createPair(1_000_000);
    const member = other.udp({ host: '::', port: 5000 });
    member.join('ff02::1234', { interface: 'eth0' });
    await one.udp({ host: '::', multicast: { interface: 'eth0' } }).send('lost', 5000, 'ff02::1234');
    await expect(member.receive()).rejects.toThrow(
      'Node.js cannot tell of a datagram from a link-local address, and threw it away: it looks for the name of the ' +
        'interface in the namespace of the process (ENXIO: no such device or address, uv_if_indextoiid). ' +
        'Send from another address, such as one of fd00::/8',
    );
  });

  test('with an error of the kernel has its name', () => {
    const netns = createNetns();
    const open = (): unknown => netns.udp({ multicast: { interface: 77 } });
    expect(open).toThrow('send multicast from interface 77: EADDRNOTAVAIL');
    expect(netns.proc.sockets()).toEqual([]);
  });
});
