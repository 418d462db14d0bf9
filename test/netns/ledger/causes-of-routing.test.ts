import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { encodeAddRoute, encodeRemoveRoute } from '../../../src/netns/netlink/route-requests.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { listenAndIgnore, PORT, send, tell } from './break-lab.js';

needsNamespaces();

/** Two networks, a router between them, and a router to nowhere beside it. */
async function createRouted(options: { readonly mtu?: number } = {}) {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {}, dead: {} },
      routers: { router: {} },
      links: {
        a: ['source', 'router'],
        b: { ends: ['router', 'sink'], mtu: options.mtu ?? 1500 },
        c: ['router', 'dead'],
        d: ['source', 'dead'],
      },
    }),
  );
}

const FLOW = { from: 'source', to: 'sink', port: PORT } as const;

describe('a ledger tells that', () => {
  test('the sender has no route', async () => {
    const lab = await createRouted();
    const { source, sink } = lab.hosts;
    const ledger = lab.ledger(FLOW);
    source.netns.netlink.request(encodeRemoveRoute({ destination: '0.0.0.0/0' }));
    await expect(send(source, sink.address)).rejects.toThrow('ENETUNREACH');
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'no-route',
      at: 'source:eth0',
      packets: 1,
      message: 'source has no route to 10.0.1.2: its programs are told ENETUNREACH',
      fix: 'add a route to 10.0.1.2 on source',
    });
    expect(report.verdict.evidence).toEqual([
      'Ip.OutNoRoutes +1 on source',
      'route lookup on source for 10.0.1.2: ENETUNREACH',
    ]);
  });

  test('the sender sends by another interface', async () => {
    const lab = await createRouted();
    const { source, sink, dead } = lab.hosts;
    const ledger = lab.ledger(FLOW);
    const [far] = dead.addresses({ link: 'd' });
    const [near] = source.addresses({ link: 'd' });
    source.netns.netlink.request(
      encodeAddRoute({
        destination: `${sink.address}/32`,
        gateway: far?.address ?? '',
        preferredSource: near?.address ?? '',
      }),
    );
    await send(source, sink.address);
    expect(tell(await ledger.report())).toEqual({
      cause: 'wrong-route',
      at: 'source:eth0',
      packets: 100,
      message: '100 left by source:eth1, not by eth0, which leads to sink',
      fix: 'correct the routes of source (ip route get 10.0.1.2)',
    });
  });

  test('a router has no route', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    const { router } = lab.routers;
    router.netns.netlink.request(encodeRemoveRoute({ destination: '10.0.1.0/24' }));
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'no-route',
      at: 'router:eth1',
      packets: 100,
      message: 'router has no route to 10.0.1.2',
      fix: 'add a route to 10.0.1.2 on router',
    });
    expect(report.verdict.evidence).toContain('IpExt.InNoRoutes +100 on router');
  });

  test('a router sends by another interface', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    const [dead] = lab.hosts.dead.addresses({ link: 'c' });
    const { router } = lab.routers;
    router.netns.netlink.request(
      encodeAddRoute({ destination: `${lab.hosts.sink.address}/32`, gateway: dead?.address ?? '' }),
    );
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'wrong-route',
      at: 'router:eth1',
      packets: 100,
      message: 'router sent it by eth2, not by eth1, the shortest way to sink',
      fix: 'correct the routes of router',
    });
  });

  test('a router does not forward', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    lab.routers.router.sysctl.write('net.ipv4.ip_forward', 0);
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'forwarding-off',
      at: 'router:eth1',
      packets: 100,
      message: 'router does not pass packets on',
      fix: 'make it a router in the spec, or give it forwarding: true (net.ipv4.ip_forward=1)',
    });
    expect(report.verdict.evidence).toContain('net.ipv4.ip_forward is 0 on router');
  });

  test('a router refuses packets by their way back', async () => {
    const lab = await createRouted();
    const { router } = lab.routers;
    await send(lab.hosts.source, lab.hosts.sink.address, { count: 1 });
    const [dead] = lab.hosts.dead.addresses({ link: 'c' });
    router.sysctl.write('net.ipv4.conf.all.rp_filter', 1);
    router.netns.netlink.request(
      encodeAddRoute({ destination: `${lab.hosts.source.address}/32`, gateway: dead?.address ?? '' }),
    );
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'reverse-path-filter',
      at: 'router:eth1',
      packets: 100,
      message: 'router refuses what comes in by eth0 from 10.0.0.2: an answer would not leave that way',
      fix: "give router a route to 10.0.0.2 by eth0, or set rp_filter to 0 (none) or 2 (loose), for 'all' and for eth0",
    });
    expect(report.verdict.evidence).toEqual([
      'TcpExt.IPReversePathFilter +100 on router',
      'net.ipv4.conf.all.rp_filter=1, net.ipv4.conf.eth0.rp_filter=0',
      'the way back: route lookup on router for 10.0.0.2: dev eth2 via 10.0.2.2',
    ]);
  });

  test('a router refuses to be asked for its address, by the way back of the answer', async () => {
    const lab = await createRouted();
    const { router } = lab.routers;
    const [dead] = lab.hosts.dead.addresses({ link: 'c' });
    router.sysctl.write('net.ipv4.conf.all.rp_filter', 1);
    router.netns.netlink.request(
      encodeAddRoute({ destination: `${lab.hosts.source.address}/32`, gateway: dead?.address ?? '' }),
    );
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(report.verdict).toMatchObject({ cause: 'reverse-path-filter', at: 'source:eth0' });
    expect(report.verdict.evidence[0]).toMatch(/^neighbour 10.0.0.1 of source:eth0 is (incomplete|failed)/);
  });

  test('a host refuses packets by their way back', async () => {
    const lab = await createRouted();
    const { sink, source } = lab.hosts;
    listenAndIgnore(sink);
    sink.sysctl.write('net.ipv4.conf.eth0.rp_filter', 1);
    sink.netns.netlink.request(encodeRemoveRoute({ destination: '0.0.0.0/0' }));
    const ledger = lab.ledger(FLOW);
    await send(source, sink.address);
    expect(tell(await ledger.report())).toMatchObject({ cause: 'reverse-path-filter', at: 'sink', packets: 100 });
  });

  test('the TTL ends at a router', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address, { ttl: 1 });
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'ttl-exceeded',
      at: 'router:eth1',
      packets: 100,
      message: 'packets come to router with a TTL of 1, and need 2 to pass a router',
      fix: 'raise it where it is sent (IP_TTL), or look for a loop of routes',
    });
    expect(report.verdict.evidence).toContain('Ip.InHdrErrors +100 on router');
  });

  test('packets are longer than the MTU of the way on', async () => {
    const lab = await createRouted({ mtu: 900 });
    const ledger = lab.ledger(FLOW);
    await send(lab.hosts.source, lab.hosts.sink.address, { sizeBytes: 1200, count: 1 });
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'too-big',
      at: 'router:eth1',
      packets: 1,
      message: 'packets are longer than the MTU of router:eth1 (900 bytes) and may not be fragmented',
      fix: 'send less at once, raise the MTU of the link, or let the sender fragment (IP_MTU_DISCOVER)',
    });
  });

  test('nobody answers for an address', async () => {
    const lab = await createRouted();
    const ledger = lab.ledger({ ...FLOW, destination: '10.0.1.99' });
    await send(lab.hosts.source, '10.0.1.99');
    expect(tell(await ledger.report())).toEqual({
      cause: 'neighbour-unresolved',
      at: 'router:eth1',
      packets: 100,
      message: 'nobody answers for 10.0.1.99: router:eth1 asked by ARP in vain',
      fix: 'no host of the lab has that address',
    });
  });
});
