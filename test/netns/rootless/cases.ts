import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../../../src/fixtures/index.js';
import { isInUserNamespace } from '../../../src/native/user-namespace.js';

test('TCP, UDP and programs, through a router', async ({ createLab }) => {
  expect(isInUserNamespace()).toBe(true);
  const lab = await createLab({
    hosts: { left: {}, right: {} },
    routers: { middle: {} },
    links: { inside: ['left', 'middle'], outside: ['middle', 'right'] },
  });
  const { left, right } = lab.hosts;
  right.serve((_request, response) => response.end('hello'), { port: 80, host: right.address });
  expect(await (await left.fetch('http://right/')).text()).toBe('hello');
  const receiver = right.udp({ host: right.address, port: 5000 });
  await left.udp().send('datagram', 5000, right.address);
  expect(String((await receiver.receive()).data)).toBe('datagram');
  expect((await left.$`cat /proc/net/dev`).stdout).toContain('eth0');
});

test('multicast, past a switch that snoops', async ({ createLab }) => {
  const lab = await createLab({
    hosts: { sender: {}, receiver: {} },
    bridges: { lan: {} },
    links: { a: ['sender', 'lan'], b: ['receiver', 'lan'] },
  });
  const socket = lab.hosts.receiver.udp({ port: 5000 });
  socket.join('239.1.1.1', { interface: 'eth0' });
  await lab.hosts.receiver.joined('239.1.1.1');
  await lab.hosts.sender.udp({ multicast: { interface: 'eth0' } }).send('to all', 5000, '239.1.1.1');
  expect(String((await socket.receive()).data)).toBe('to all');
});

test('wires', async ({ createLab }) => {
  const lab = await createLab({
    hosts: { left: {}, right: {} },
    links: { wire: { ends: ['left', 'right'], wire: true } },
  });
  const { left, right } = lab.hosts;
  right.serve((_request, response) => response.end('hello'), { port: 80, host: right.address });
  lab.links.wire.impair({ aToB: { delayMs: 2 } });
  expect(await (await left.fetch('http://right/')).text()).toBe('hello');
  expect(lab.links.wire.counts('aToB').delivered).toBeGreaterThan(3);
});

test('the loopback of the test itself is up', async ({ onTestFinished }) => {
  const server = createServer((_request, response) => response.end('me')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('me');
});
