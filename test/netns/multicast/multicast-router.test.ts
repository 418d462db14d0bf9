import { expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { createMulticastRouter } from '../../../src/netns/multicast/multicast-router.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const GROUP = '239.1.1.1';

/** A sender on a switch, and a router between it and two receivers. */
async function createRouted() {
  return keep(
    await createLab({
      hosts: { sender: {}, left: {}, right: {} },
      routers: { router: {} },
      bridges: { lan: { multicastQuerier: true } },
      links: { a: ['sender', 'lan'], b: ['lan', 'router'], c: ['router', 'left'], d: ['router', 'right'] },
    }),
  );
}

type Routed = Awaited<ReturnType<typeof createRouted>>;

/** How many of 50 datagrams to the group come to both receivers. */
async function measure({ hosts: { sender, left, right } }: Routed, ttl = 2): Promise<readonly number[]> {
  const sinks = [left, right].map((host) =>
    collectTraffic(host, { port: 5000, group: GROUP, interface: 'eth0', expected: 50, timeoutMs: 150 }),
  );
  await generateTraffic(sender, { to: { address: GROUP, port: 5000 }, count: 50, ttl, interface: 'eth0' });
  return Promise.all(sinks.map(async (sink) => (await sink.report()).received));
}

test('a route of any source takes a group from one interface to others, past a switch that snoops', async () => {
  const lab = await createRouted();
  const { router } = lab.routers;
  const routing = createMulticastRouter(router, [{ group: GROUP, from: 'eth0', to: ['eth1'] }]);
  await router.joined(GROUP);
  expect(await measure(lab)).toEqual([50, 0]);
  routing.remove({ group: GROUP });
  routing.add({ group: GROUP, from: 'eth0', to: ['eth1', 'eth2'] });
  await router.joined(GROUP);
  expect(await measure(lab)).toEqual([50, 50]);
  expect(await measure(lab, 1)).toEqual([0, 0]);
  routing.close();
  routing.close();
  expect(await measure(lab)).toEqual([0, 0]);
});

test('a route of one source takes no other, and the kernel lists it', async () => {
  const lab = await createRouted();
  const { router } = lab.routers;
  using routing = createMulticastRouter(router);
  routing.add({ group: GROUP, source: lab.hosts.sender.address, from: 'eth0', to: ['eth2'] });
  await router.joined(GROUP);
  expect(await measure(lab)).toEqual([0, 50]);
  expect(router.proc.multicastRoutes()).toMatchObject([{ group: GROUP, packets: 50 }]);
  routing.remove({ group: GROUP, source: lab.hosts.sender.address });
  routing.add({ group: GROUP, source: '10.99.0.1', from: 'eth0', to: ['eth2'] });
  await router.joined(GROUP);
  expect(await measure(lab)).toEqual([0, 0]);
});

test('there is one router in a namespace; it ends with that, and tells of every mistake', async () => {
  const lab = await createRouted();
  const { router } = lab.routers;
  const route = { group: GROUP, from: 'eth0', to: ['eth1'] };
  const routing = createMulticastRouter(router, [route]);
  expect(routing.routes).toEqual([route]);
  expect(() => createMulticastRouter(router)).toThrow('EADDRINUSE');
  expect(() => routing.add(route)).toThrow('there is a route of group 239.1.1.1 already');
  expect(() => routing.add({ group: '239.1.1.2', from: 'nowhere', to: ['eth1'] })).toThrow('ENODEV');
  expect(() => routing.add({ group: '10.0.0.1', source: '::1', from: '', to: [] })).toThrow(
    /group must be .*source must be .*from must be .*to must be /s,
  );
  expect(() => routing.remove({ group: '239.1.1.9' })).toThrow('there is no route of group 239.1.1.9');
  await lab[Symbol.asyncDispose]();
  expect(() => routing.add(route)).toThrow('MulticastRouter');
});
