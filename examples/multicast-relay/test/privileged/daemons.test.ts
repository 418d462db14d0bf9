import { collectTraffic, fanOut, generateTraffic } from 'glovebox/netns';
import { beforeEach } from 'vitest';
import { describe, expect, test } from '../support/fixture.ts';
import { DAEMONS, findObstacle } from '../support/multicast-daemons.ts';

const GROUP = '239.1.1.1';
const IN = { address: GROUP, port: 5000 };
const MEMBER = { port: 5000, group: GROUP, interface: 'eth0' };

/** The rows that apply to a router: it takes packets from one network to others, and leaves them as they are. */
describe.for(DAEMONS)('$name as the relay', (daemon) => {
  beforeEach(({ skip }) => {
    const obstacle = findObstacle(daemon);
    if (obstacle === undefined) return;
    if (process.env['GLOVEBOX_REQUIRE'] !== undefined) throw new Error(obstacle);
    skip(obstacle);
  });

  test('1,000 packets go through', async ({ createLab, directory, spawn }) => {
    const lab = await createLab(fanOut(1));
    const { source, sink1 } = lab.hosts;
    const route = { router: lab.routers.relay, source, group: GROUP, from: 'eth0', to: ['eth1'] };
    await daemon.start(spawn, route, directory);
    const sunk = collectTraffic(sink1, { ...MEMBER, expected: 1000 });
    await daemon.settle(route);
    await using ledger = lab.ledger({ from: 'source', to: 'sink1', group: GROUP, port: 5000 });
    await generateTraffic(source, { to: IN, count: 1000, interface: 'eth0', ttl: 2 });
    expect(await sunk.report()).toMatchObject({ received: 1000, duplicates: 0, reordered: 0 });
    const report = await ledger.report();
    expect(report.verdict, String(report)).toMatchObject({ cause: 'conserved', sent: 1000, arrived: 1000 });
  });

  test('three networks each get everything', async ({ createLab, directory, spawn }) => {
    const lab = await createLab(fanOut(3));
    const { source, sink1, sink2, sink3 } = lab.hosts;
    const route = { router: lab.routers.relay, source, group: GROUP, from: 'eth0', to: ['eth1', 'eth2', 'eth3'] };
    await daemon.start(spawn, route, directory);
    const sinks = [sink1, sink2, sink3].map((sink) => collectTraffic(sink, { ...MEMBER, expected: 500 }));
    await daemon.settle(route);
    await generateTraffic(source, { to: IN, count: 500, interface: 'eth0', ttl: 2 });
    for (const sink of sinks) expect(await sink.report()).toMatchObject({ received: 500, duplicates: 0 });
  });

  test('it joins the group where packets come from, in the kernel and in the switch', async ({
    createLab,
    directory,
    spawn,
  }) => {
    const lab = await createLab({
      hosts: { source: {}, sink: {} },
      routers: { relay: {} },
      bridges: { lan: { multicastQuerier: true } },
      links: { input: ['source', 'lan'], up: ['lan', 'relay'], output: ['relay', 'sink'] },
    });
    const { source, sink } = lab.hosts;
    const route = { router: lab.routers.relay, source, group: GROUP, from: 'eth0', to: ['eth1'] };
    await daemon.start(spawn, route, directory);
    const sunk = collectTraffic(sink, { ...MEMBER, expected: 10 });
    await daemon.settle(route);
    expect(lab.bridges.lan.memberships()).toContainEqual(expect.objectContaining({ group: GROUP, link: 'up' }));
    await generateTraffic(source, { to: IN, count: 10, interface: 'eth0', ttl: 2 });
    expect(await sunk.report()).toMatchObject({ received: 10 });
  });

  test('a TTL of 1 ends there, and the ledger says so', async ({ createLab, directory, spawn }) => {
    const lab = await createLab(fanOut(1));
    const { source, sink1 } = lab.hosts;
    const route = { router: lab.routers.relay, source, group: GROUP, from: 'eth0', to: ['eth1'] };
    await daemon.start(spawn, route, directory);
    sink1.udp({ port: 5000 }).join(GROUP, { interface: 'eth0' });
    await daemon.settle(route);
    await using ledger = lab.ledger({ from: 'source', to: 'sink1', group: GROUP, port: 5000 });
    await generateTraffic(source, { to: IN, count: 50, interface: 'eth0', ttl: 1 });
    const report = await ledger.report();
    expect(report.verdict, String(report)).toMatchObject({ cause: 'ttl-exceeded', at: 'relay:eth1', packets: 50 });
  });

  test('once it is killed, there is no multicast route, and the ledger says so', async ({
    createLab,
    directory,
    spawn,
  }) => {
    const lab = await createLab(fanOut(1));
    const { source, sink1 } = lab.hosts;
    const route = { router: lab.routers.relay, source, group: GROUP, from: 'eth0', to: ['eth1'] };
    const process = await daemon.start(spawn, route, directory);
    sink1.udp({ port: 5000 }).join(GROUP, { interface: 'eth0' });
    await daemon.settle(route);
    await process.kill();
    await using ledger = lab.ledger({ from: 'source', to: 'sink1', group: GROUP, port: 5000 });
    await generateTraffic(source, { to: IN, count: 50, interface: 'eth0', ttl: 2 });
    const report = await ledger.report();
    expect(report.verdict, String(report)).toMatchObject({ cause: 'no-multicast-route', packets: 50, arrived: 0 });
  });
});
