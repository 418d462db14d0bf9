import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  bindSocket,
  findInterfaceIndex,
  listenOnSocket,
  openSocket,
  setSocketOption,
} from '../../src/native/socket.js';
import {
  encodeAbstractAddress,
  encodeSocketAddress,
  splitZone,
  toAddressBytes,
} from '../../src/native/socket-address.js';
import { needsNamespaces } from '../support/needs-namespaces.js';

describe('addresses of sockets', () => {
  test('have the layout of the kernel’s structures', () => {
    expect([...encodeSocketAddress('10.0.0.1', 0x1234)]).toEqual([
      2, 0, 0x12, 0x34, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    expect([...encodeSocketAddress('fe80::1', 80, 7)]).toEqual([
      ...[10, 0, 0, 80, 0, 0, 0, 0],
      ...[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      ...[7, 0, 0, 0],
    ]);
    expect([...encodeAbstractAddress('ab')]).toEqual([1, 0, 0, 97, 98]);
  });

  test('of IPv6 are read in every form', () => {
    expect([...toAddressBytes('::')]).toEqual(Array(16).fill(0));
    expect([...toAddressBytes('::ffff:1.2.3.4')]).toEqual([...Array(10).fill(0), 255, 255, 1, 2, 3, 4]);
    expect([...toAddressBytes('1::2:3')].filter((byte) => byte !== 0)).toEqual([1, 2, 3]);
    expect(splitZone('fe80::1%eth0')).toEqual({ address: 'fe80::1', zone: 'eth0' });
    expect(() => toAddressBytes('10.0.0')).toThrow('"10.0.0" is no IP address');
  });
});

describe('a socket made here', () => {
  needsNamespaces();

  test('is one that Node can listen on', async () => {
    const socket = openSocket('IPv4', 'stream');
    bindSocket(socket.number, encodeSocketAddress('127.0.0.1', 0), 'bind');
    listenOnSocket(socket.number, 5, 'listen');
    const server = createServer().listen({ fd: socket.number });
    onTestFinished(() => void server.close());
    expect(server.address()).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
  });

  test('tells the kernel’s refusals in its words', () => {
    const before = readdirSync('/proc/self/fd').length;
    using socket = openSocket('IPv6', 'datagram');
    expect(findInterfaceIndex(socket.number, 'lo')).toBe(1);
    for (const name of ['', 'no-such-device-at-all', 'a\0b', 'none'])
      expect(() => findInterfaceIndex(socket.number, name)).toThrow('ENODEV: no such device, ioctl(SIOCGIFINDEX)');
    expect(() => setSocketOption(socket.number, 1, 9999, 1, 'set nothing')).toThrow('set nothing: ENOPROTOOPT');
    expect(() => bindSocket(socket.number, encodeSocketAddress('127.0.0.1', 0), 'bind it')).toThrow('bind it: ');
    socket.close();
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });
});
