import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import type { LabBridge } from '../../../src/netns/lab/lab-bridge.js';
import { createMulticastRouter } from '../../../src/netns/multicast/multicast-router.js';
import { encodeSetBridge } from '../../../src/netns/netlink/bridge.js';
import { decodeLinks } from '../../../src/netns/netlink/link.js';
import { encodeListLinks } from '../../../src/netns/netlink/link-requests.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { GROUP, listenAndIgnore, PORT, send, tell } from './break-lab.js';

needsNamespaces();

async function createOffice() {
  const lab = keep(
    await createLab({
      hosts: { source: {}, sink: {}, other: {} },
      bridges: { lan: { multicastQuerier: true } },
      links: { a: ['source', 'lan'], b: ['lan', 'sink'], c: ['lan', 'other'] },
    }),
  );
  stopFlooding(lab.bridges.lan);
  return lab;
}

/** A switch floods unknown groups until a querier has been there for as long as answers may take (br_multicast_set_querier). */
function stopFlooding(bridge: LabBridge): void {
  const index = findBridge(bridge);
  const { netlink } = bridge.netns;
  netlink.request(encodeSetBridge({ index, multicastQuerier: false, multicastQueryResponseIntervalMs: 10 }));
  netlink.request(encodeSetBridge({ index, multicastQuerier: true }));
}

function findBridge({ netns }: LabBridge): number {
  return decodeLinks(netns.netlink.dump(encodeListLinks())).find(({ kind }) => kind === 'bridge')?.index ?? 0;
}

const FLOW = { from: 'source', to: 'sink', group: GROUP, port: PORT } as const;
const toGroup = { interface: 'eth0' } as const;

describe('a ledger of a group tells that', () => {
  test('a receiver has not joined, where a switch sends the group to others alone', async () => {
    const lab = await createOffice();
    listenAndIgnore(lab.hosts.other, { group: GROUP });
    await lab.hosts.other.joined(GROUP);
    listenAndIgnore(lab.hosts.sink);
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, GROUP, toGroup);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'no-membership',
      at: 'lan:port1',
      packets: 100,
      message: 'sink:eth0 is no member of 239.1.1.1',
      fix: "join it there: host.udp({ port: 5000 }).join('239.1.1.1', { interface: 'eth0' }), and wait for host.joined('239.1.1.1')",
    });
    expect(report.verdict.evidence).toEqual([
      '/proc/net/igmp of sink: 239.1.1.1 is not there',
      'multicast database of lan: entries for port2 of 239.1.1.1',
    ]);
  });

  test('a switch has not heard of a receiver', async () => {
    const lab = await createOffice();
    const { sink, source } = lab.hosts;
    sink.firewall.drop({ protocol: 'igmp' }, { direction: 'out' });
    listenAndIgnore(sink, { group: GROUP });
    const ledger = lab.ledger(FLOW);
    await send(source, GROUP, toGroup);
    expect(tell(await ledger.report())).toEqual({
      cause: 'not-in-switch',
      at: 'lan:port1',
      packets: 100,
      message: 'sink:eth0 is a member of 239.1.1.1, but switch lan has not heard of it at port1',
      fix: "wait for host.joined('239.1.1.1') before sending; give the switch multicastQuerier: true, so that it asks again, or multicastSnooping: false",
    });
  });

  test('the sender has no route to the group, and was told no interface', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    await expect(send(lab.hosts.source, GROUP)).rejects.toThrow('ENETUNREACH');
    expect(tell(await ledger.report())).toEqual({
      cause: 'no-route',
      at: 'source:eth0',
      packets: 1,
      message: 'source has no route to 239.1.1.1: its programs are told ENETUNREACH',
      fix: "name the interface where it is sent (interface: 'eth0'), or add a route for 239.1.1.1 on source",
    });
  });
});

/** A router between a sender and two receivers. */
async function createRouted() {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {}, other: {} },
      routers: { router: {} },
      links: { a: ['source', 'router'], b: ['router', 'sink'], c: ['router', 'other'] },
    }),
  );
}

describe('a ledger of a group behind a router tells that', () => {
  test.each([
    ['the router routes no multicast', undefined, 'router routes no multicast at all'],
    [
      'there is no route of this group',
      { group: '239.9.9.9', from: 'eth0', to: ['eth1'] },
      'router has no route of multicast for 239.1.1.1 from 10.0.0.2',
    ],
    [
      'the route leads elsewhere',
      { group: GROUP, from: 'eth0', to: ['eth2'] },
      'the route of router for 239.1.1.1 does not lead to eth1',
    ],
  ])('%s', async (_title, route, message) => {
    const lab = await createRouted();
    if (route !== undefined) createMulticastRouter(lab.routers.router, [route]);
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, GROUP, { ...toGroup, ttl: 4 });
    expect(tell(await ledger.report())).toEqual({
      cause: 'no-multicast-route',
      at: 'router:eth1',
      packets: 100,
      message,
      fix: "createMulticastRouter(lab.routers.router, [{ group: '239.1.1.1', from: 'eth0', to: ['eth1'] }])",
    });
  });

  test('the group comes in by another interface than its route says', async () => {
    const lab = await createRouted();
    createMulticastRouter(lab.routers.router, [
      { group: GROUP, source: lab.hosts.source.address, from: 'eth2', to: ['eth1'] },
      // Where no route comes in, packets of groups are not looked at, and not counted.
      { group: '239.9.9.9', from: 'eth0', to: ['eth1'] },
    ]);
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, GROUP, { ...toGroup, ttl: 4 });
    const report = await ledger.report();
    expect(tell(report)).toMatchObject({
      cause: 'wrong-input-interface',
      at: 'router:eth1',
      packets: 100,
      message: 'router takes 239.1.1.1 only from eth2, and it comes in by eth0',
    });
    expect(report.verdict.evidence.join()).toContain('100 by the wrong interface');
  });

  test('the TTL, which is 1 unless it is set, ends there', async () => {
    const lab = await createRouted();
    createMulticastRouter(lab.routers.router, [{ group: GROUP, from: 'eth0', to: ['eth1'] }]);
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, GROUP, toGroup);
    expect(tell(await ledger.report())).toEqual({
      cause: 'ttl-exceeded',
      at: 'router:eth1',
      packets: 100,
      message: 'packets come to router with a TTL of 1, and need 2 to pass a router',
      fix: 'raise it where it is sent, for a group it is 1 unless said otherwise: ttl: 8 (IP_MULTICAST_TTL)',
    });
  });

  test('nothing is wrong, for one receiver, and the other joined on another interface', async () => {
    const lab = await createRouted();
    const { source, sink, other } = lab.hosts;
    createMulticastRouter(lab.routers.router, [{ group: GROUP, from: 'eth0', to: ['eth1', 'eth2'] }]);
    const collected = collectTraffic(sink, { port: PORT, group: GROUP, interface: 'eth0' });
    listenAndIgnore(other, { group: GROUP, interface: 'lo' });
    const ledger = lab.ledger({ ...FLOW, to: ['sink', 'other'] });
    await send(source, GROUP, { ...toGroup, ttl: 4 });
    await collected.report();
    const report = await ledger.report();
    expect(report.branches.map(({ to, verdict }) => [to, verdict.cause, verdict.arrived])).toEqual([
      ['sink', 'conserved', 100],
      ['other', 'no-membership', 0],
    ]);
    expect(report.verdict.message).toBe('other:eth0 is no member of 239.1.1.1; other has joined it on lo');
  });
});
