import { expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { encodeRemoveRoute } from '../../../src/netns/netlink/route-requests.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { PORT, send } from './break-lab.js';

needsNamespaces();

async function createRouted() {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {} },
      routers: { router: {} },
      links: { a: ['source', 'router'], b: ['router', 'sink'] },
      families: ['ipv6'],
    }),
  );
}

const FLOW = { from: 'source', to: 'sink', port: PORT } as const;

test('packets of IPv6 are counted at every hop', async () => {
  const lab = await createRouted();
  const { source, sink } = lab.hosts;
  const collected = collectTraffic(sink, { port: PORT, address: sink.address, expected: 100 });
  const ledger = lab.ledger(FLOW);
  await send(source, sink.address);
  await collected.report();
  const report = await ledger.report();
  expect(report.verdict.cause, String(report)).toBe('conserved');
  expect(report.stages().map(({ count }) => count)).toEqual([100, 100, 100, 100, 100, 100, 100]);
});

test('what becomes of packets of IPv6 is told by its own counters', async () => {
  const lab = await createRouted();
  const { source, sink } = lab.hosts;
  const closed = lab.ledger(FLOW);
  await send(source, sink.address, { count: 10 });
  const report = await closed.report();
  expect(report.verdict).toMatchObject({ cause: 'port-closed', at: 'sink', packets: 10 });
  expect(report.verdict.evidence[0]).toBe('Ip6.Udp6NoPorts +10 on sink');

  const expired = lab.ledger(FLOW);
  await send(source, sink.address, { count: 10, ttl: 1 });
  expect((await expired.report()).verdict).toMatchObject({ cause: 'ttl-exceeded', at: 'router:eth1', packets: 10 });

  lab.routers.router.sysctl.write('net.ipv6.conf.all.forwarding', 0);
  const silent = lab.ledger(FLOW);
  await send(source, sink.address, { count: 10 });
  expect((await silent.report()).verdict).toMatchObject({ cause: 'forwarding-off', at: 'router:eth1', packets: 10 });
  lab.routers.router.sysctl.write('net.ipv6.conf.all.forwarding', 1);

  source.netns.netlink.request(encodeRemoveRoute({ destination: '::/0' }));
  const lost = lab.ledger(FLOW);
  await expect(send(source, sink.address)).rejects.toThrow('ENETUNREACH');
  expect((await lost.report()).verdict).toMatchObject({ cause: 'no-route', at: 'source:eth0' });
});
