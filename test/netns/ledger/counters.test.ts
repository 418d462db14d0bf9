import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { listenAndIgnore, PORT, send } from './break-lab.js';

needsNamespaces();

async function createOffice() {
  return keep(
    await createLab({
      hosts: { source: {}, sink: {} },
      bridges: { lan: {} },
      links: { a: ['source', 'lan'], b: { ends: ['lan', 'sink'], wire: true } },
    }),
  );
}

describe('the counters of a lab', () => {
  test('tell what moved between two moments, and nothing else', async () => {
    const lab = await createOffice();
    const { source, sink } = lab.hosts;
    await send(source, sink.address, { count: 3 });
    await until(() => sink.proc.snmp().Udp.NoPorts === 3);
    const before = lab.counters();
    expect(before.since(before).deltas).toEqual([]);
    await send(source, sink.address, { count: 10 });
    await until(() => sink.proc.snmp().Udp.NoPorts === 13);
    const deltas = lab.counters().since(before);
    expect(deltas.of('source', 'Udp.OutDatagrams')).toBe(10);
    expect(deltas.of('sink', 'Udp.NoPorts')).toBe(10);
    expect(deltas.of('sink', 'Udp.RcvbufErrors')).toBe(0);
    expect(deltas.of('b', 'wire aToB delivered')).toBeGreaterThanOrEqual(10);
    expect(deltas.of('lan', 'port0 rxPackets')).toBeGreaterThanOrEqual(10);
    expect(String(deltas)).toContain('sink: Udp.NoPorts +10');
  });

  test('tell how every node is', async () => {
    const lab = await createOffice();
    listenAndIgnore(lab.hosts.sink, { receiveBufferBytes: 4096 });
    const { nodes, wires } = lab.counters();
    expect([...nodes.keys()]).toEqual(['source', 'sink', 'lan']);
    expect([...wires.keys()]).toEqual(['b']);
    expect(nodes.get('lan')?.interfaces.find(({ name }) => name === 'port0')).toMatchObject({
      isUp: true,
      hasCarrier: true,
      portStatus: 'forwarding',
    });
    expect(nodes.get('sink')?.sockets).toMatchObject([
      { protocol: 'udp', localPort: PORT, drops: 0, receiveQueue: 0, receiveBufferBytes: 8192 },
    ]);
  });
});

describe('an explanation', () => {
  test('of a lab in which all is well finds nothing, without a snapshot at its beginning', async () => {
    const lab = await createOffice();
    await using socket = lab.hosts.sink.udp({ port: PORT });
    await send(lab.hosts.source, lab.hosts.sink.address, { count: 1 });
    await socket.receive();
    expect(String(lab.explain())).toBe('No counter of the lab looks wrong.');
  });

  test('takes nothing that IPv6 does at its beginning for wrong', async () => {
    const lab = keep(
      await createLab({
        hosts: { left: {}, right: {} },
        routers: { router: {} },
        bridges: { lan: { multicastQuerier: true } },
        links: { a: ['left', 'lan'], b: ['lan', 'router'], c: ['router', 'right'] },
        families: ['ipv4', 'ipv6'],
      }),
    );
    expect(String(lab.explain())).toBe('No counter of the lab looks wrong.');
  });

  test('has what looks wrong, in words', async () => {
    const lab = await createOffice();
    const { source, sink } = lab.hosts;
    await send(source, sink.address, { count: 10 });
    await until(() => sink.proc.snmp().Udp.NoPorts === 10);
    const before = lab.counters();
    lab.links.b.down();
    const explanation = lab.explain();
    expect(explanation.changed).toEqual(['sink:eth0 is down', 'lan:port1 is down']);
    expect(explanation.abnormal).toContainEqual({
      node: 'sink',
      counter: 'Udp.NoPorts',
      delta: 10,
      meaning: 'datagrams to a port at which nobody listens',
    });
    expect(String(explanation)).toMatch(/^What looks wrong in the lab:\n {2}sink:eth0 is down\n/);
    expect(lab.explain({ since: before }).abnormal).toEqual([]);
  });

  test('has what waits unread', async () => {
    const lab = await createOffice();
    listenAndIgnore(lab.hosts.sink);
    await send(lab.hosts.source, lab.hosts.sink.address, { count: 10 });
    await until(() => lab.explain().changed.length > 0);
    expect(lab.explain().changed).toEqual([
      expect.stringMatching(/^[\d,]+ bytes wait unread in the socket 0.0.0.0:5000 of sink$/),
    ]);
  });
});
