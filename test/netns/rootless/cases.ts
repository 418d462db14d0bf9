import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../../../src/core/until.js';
import { expect, test } from '../../../src/fixtures/index.js';
import { isInUserNamespace } from '../../../src/native/user-namespace.js';
import { Keeper } from '../../../src/process/isolation/keeper.js';
import { hasEnded } from '../../../src/process/proc/processes.js';

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

test('an isolated program is root on its host, and takes its daemons with it', async ({ spawn, createLab }) => {
  const lab = await createLab({ hosts: { one: {} } });
  const setting = '/proc/sys/net/ipv4/conf/all/forwarding';
  const script = `echo 0 > ${setting} && cat ${setting} && echo 1 > ${setting}; cat ${setting}
    setsid sleep 1000 >/dev/null 2>&1 & exec sleep 1001`;
  const program = await spawn('sh', ['-c', script], { in: lab.hosts.one, ready: { log: '1' } });
  expect(program.isolation).toBe('full');
  expect(program.logs.tail()).toEqual(['0', '1']);
  const pids = await until(() => program.pids().length === 2 && program.pids());
  await program.stop();
  await expect(program).toHaveExitedWith('SIGTERM');
  expect(pids.filter((pid) => !hasEnded(pid))).toEqual([]);
});

test('nobody leaves a pid namespace that there is no way back to', async () => {
  const home = readlinkSync('/proc/self/ns/pid_for_children');
  expect(() => Keeper.start()).toThrow('come back to its pid namespace: EPERM');
  expect(readlinkSync('/proc/thread-self/ns/pid_for_children')).toBe(home);
  // What is started is where it would have been.
  const { stdout } = spawnSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' });
  expect(stdout.trim()).toBe(home);
});

test('the loopback of the test itself is up', async ({ onTestFinished }) => {
  const server = createServer((_request, response) => response.end('me')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('me');
});
