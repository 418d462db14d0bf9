import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { DropCounter, loadDropProgram } from '../../../src/native/drop-program.js';
import { isInUserNamespace } from '../../../src/native/user-namespace.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import type { LabHost } from '../../../src/netns/lab/lab-host.js';
import type { PlannedInterface } from '../../../src/netns/lab/plan/lab-plan.js';
import { encodeSetBridgePort } from '../../../src/netns/netlink/bridge-port.js';
import { encodeAddFilter } from '../../../src/netns/netlink/filters.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { parseMacAddress } from '../../../src/netns/netlink/mac-address.js';
import { encodeAddNeighbour } from '../../../src/netns/netlink/neighbours.js';
import { encodeCreateClsact } from '../../../src/netns/netlink/qdiscs.js';
import { encodeCreateTbf } from '../../../src/netns/netlink/tbf.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { PORT, send, tell } from './break-lab.js';

needsNamespaces();

/** A switch with a wire to the receiver, which knows the sender and is known to it: nothing but the flow is on the wire. */
async function createOffice() {
  const lab = keep(
    await createLab({
      hosts: { source: {}, sink: {}, other: {} },
      bridges: { lan: {} },
      links: { a: ['source', 'lan'], b: { ends: ['lan', 'sink'], wire: true }, c: ['lan', 'other'] },
    }),
  );
  const { source, sink } = lab.hosts;
  knowForGood(source, 'a', sink.interface('b'));
  knowForGood(sink, 'b', source.interface('a'));
  return lab;
}

function knowForGood(host: LabHost, link: string, { addresses, macAddress }: PlannedInterface): void {
  const [other] = addresses;
  const place = { ifindex: host.interface(link).ifindex, address: other?.address ?? '' };
  host.netns.netlink.request(encodeAddNeighbour({ ...place, macAddress }));
}

const FLOW = { from: 'source', to: 'sink', port: PORT } as const;

describe('a ledger tells that', () => {
  test('nothing was sent', async () => {
    const lab = await createOffice();
    const report = await lab.ledger(FLOW).report();
    expect(tell(report)).toMatchObject({
      cause: 'never-sent',
      at: 'source:eth0',
      packets: 0,
      message: 'no program of source has sent anything by UDP',
    });
  });

  test('something else was sent', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger({ ...FLOW, port: PORT + 1 });
    await send(lab.hosts.source, lab.hosts.sink.address);
    expect((await ledger.report()).verdict).toMatchObject({
      cause: 'never-sent',
      message: 'programs of source sent 100 datagrams, and none of them to 10.0.0.2 port 5001',
    });
  });

  test("the sender's own link is cut", async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    lab.links.a.down();
    await expect(send(lab.hosts.source, lab.hosts.sink.address)).rejects.toThrow('ENETUNREACH');
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'interface-down',
      at: 'source:eth0',
      packets: 0,
      message: 'source:eth0 is down',
      fix: 'lab.links.a.up()',
    });
    expect(report.verdict.evidence).toEqual(['netlink: source:eth0 has no IFF_UP', 'Ip.OutNoRoutes +1 on source']);
  });

  test('a port behind a switch has no carrier', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger({ ...FLOW, to: 'other' });
    await send(lab.hosts.source, lab.hosts.other.address, { count: 1 });
    const { ifindex } = lab.hosts.other.interface('c');
    lab.hosts.other.netns.netlink.request(encodeSetLink({ index: ifindex, isUp: false }));
    await send(lab.hosts.source, lab.hosts.other.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'no-carrier',
      at: 'lan:port2',
      packets: 100,
      message: 'lan:port2 has no carrier: the other end of link c is down',
      fix: 'set the other end up: lab.links.c.up()',
    });
  });

  test('a port of a switch does not forward', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    const [, port] = lab.bridges.lan.ports();
    lab.bridges.lan.netns.netlink.request(encodeSetBridgePort({ index: port?.ifindex ?? 0, state: 'listening' }));
    await send(lab.hosts.source, lab.hosts.sink.address);
    expect(tell(await ledger.report())).toEqual({
      cause: 'port-not-forwarding',
      at: 'lan:port1',
      packets: 100,
      message: 'port lan:port1 does not forward: it is listening',
      fix: 'wait until the spanning tree has settled (30 s), or leave stp off',
    });
  });

  test('a wire loses packets', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    using _loss = lab.links.b.impair({ aToB: { lossPercent: 100 }, seed: 7 });
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'wire-lost',
      at: 'sink:eth0',
      packets: 100,
      message: 'wire b lost packets, as its impairment says',
      fix: 'heal it (lab.links.b.heal()), or expect the loss',
    });
    expect(report.verdict.evidence[0]).toMatch(/^wire b aToB: lost \+10[0-2]$/);
    expect(report.verdict.evidence[1]).toBe("lab.links.b.impairment('aToB'): lossPercent 100, seed 7");
  });

  test('a function of the test drops packets', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    let seen = 0;
    using _third = lab.links.b.intercept((frame) => (frame.udp !== undefined && ++seen % 2 === 0 ? 'drop' : 'pass'));
    await send(lab.hosts.source, lab.hosts.sink.address);
    await until(() => seen === 100);
    const report = await ledger.report();
    expect(report.verdict).toMatchObject({ cause: 'wire-dropped', at: 'sink:eth0', packets: 50 });
    expect(report.findings.map(({ cause, at, packets }) => [cause, at, packets])).toEqual([
      ['wire-dropped', 'sink:eth0', 50],
      ['port-closed', 'sink', 50],
    ]);
  });

  test('a wire holds packets back', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    using _hold = lab.links.b.hold();
    await send(lab.hosts.source, lab.hosts.sink.address);
    expect(tell(await ledger.report())).toEqual({
      cause: 'wire-held',
      at: 'sink:eth0',
      packets: 100,
      message: 'wire b holds packets back',
      fix: 'lab.links.b.release()',
    });
  });

  test('packets are still on their way in a wire', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    using _slow = lab.links.b.impair({ aToB: { delayMs: 60_000 } });
    await send(lab.hosts.source, lab.hosts.sink.address);
    expect(tell(await ledger.report({ settleMs: 100 }))).toEqual({
      cause: 'wire-delayed',
      at: 'sink:eth0',
      packets: 100,
      message: 'packets are still on their way in wire b',
      fix: 'wait for them: they will arrive',
    });
  });

  test('nothing is lost in a wire that is slow', async () => {
    const lab = await createOffice();
    await using socket = lab.hosts.sink.udp({ port: PORT });
    const ledger = lab.ledger(FLOW);
    using _slow = lab.links.b.impair({ aToB: { delayMs: 200 } });
    await send(lab.hosts.source, lab.hosts.sink.address, { count: 1 });
    expect((await ledger.report()).verdict).toMatchObject({ cause: 'conserved', sent: 1, arrived: 1 });
    expect(await socket.receive()).toBeDefined();
  });

  test('the queue of a wire is full', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    using _slow = lab.links.b.impair({ aToB: { delayMs: 60_000, limitPackets: 10 } });
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report({ settleMs: 100 });
    expect(report.verdict).toMatchObject({ cause: 'wire-over-limit', at: 'sink:eth0' });
    // What the switch asks at its beginning may take a place or two in the queue.
    const [full, waiting] = report.findings;
    expect([full?.cause, waiting?.cause]).toEqual(['wire-over-limit', 'wire-delayed']);
    expect([90, 91, 92]).toContain(full?.packets);
    expect((full?.packets ?? 0) + (waiting?.packets ?? 0)).toBe(100);
  });

  test('a wire damages packets', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    await using _open = lab.hosts.sink.udp({ port: PORT });
    using _damage = lab.links.b.intercept((frame) => {
      if (frame.udp === undefined) return 'pass';
      const bytes = frame.bytes.slice();
      bytes[frame.udp.payloadOffset] = 1 ^ (bytes[frame.udp.payloadOffset] ?? 0);
      return { frames: [bytes] };
    });
    await send(lab.hosts.source, lab.hosts.sink.address);
    await until(() => (lab.hosts.sink.proc.snmp().Udp.InCsumErrors ?? 0) === 100);
    expect(tell(await ledger.report())).toEqual({
      cause: 'bad-checksum',
      at: 'sink',
      packets: 100,
      message: 'packets come to sink damaged: their checksum is wrong',
      fix: 'look for what changes them on the way: an impairment (corruptPercent), or a function that rewrites frames',
    });
  });

  test('a queue of the sender drops packets', async () => {
    const lab = await createOffice();
    const { source, sink } = lab.hosts;
    const { ifindex } = source.interface('a');
    source.netns.netlink.request(
      encodeCreateTbf({ ifindex, rateBitsPerSecond: 8000, burstBytes: 1600, limitBytes: 1600 }),
    );
    const ledger = lab.ledger(FLOW);
    await send(source, sink.address, { sizeBytes: 1000, count: 50 }).catch(() => undefined);
    const report = await ledger.report();
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        cause: 'qdisc-dropped',
        at: 'source:eth0',
        message: 'the tbf queue of source:eth0 dropped packets',
        fix: 'send slower, or raise its rate or limit',
      }),
    );
  });

  test('a partition keeps hosts apart', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger(FLOW);
    using _split = lab.partition({ from: ['source'], to: ['sink'] });
    await send(lab.hosts.source, lab.hosts.sink.address);
    const report = await ledger.report();
    expect(tell(report)).toEqual({
      cause: 'partition',
      at: 'sink:eth0',
      packets: 100,
      message: 'lab.partition keeps sink from hearing source',
      fix: 'partition.heal(), or lab.heal()',
    });
    expect(report.verdict.evidence).toEqual(['partition source → sink: dropped +100 frames, of any kind']);
  });

  test('a partition keeps hosts from finding each other', async () => {
    const lab = await createOffice();
    const ledger = lab.ledger({ ...FLOW, to: 'other' });
    using _split = lab.partition(['source'], ['other']);
    await send(lab.hosts.source, lab.hosts.other.address);
    const report = await ledger.report();
    expect(tell(report)).toMatchObject({
      cause: 'partition',
      at: 'source:eth0',
      message: 'lab.partition keeps other from hearing source',
    });
    expect(report.verdict.evidence[0]).toMatch(
      /^neighbour 10.0.0.3 of source:eth0 is (incomplete|failed): the questions of ARP are lost too$/,
    );
  });

  test('a filter of tc takes packets', async ({ skip }) => {
    skip(isInUserNamespace(), 'bpf(2) belongs to the machine, not to a user namespace');
    const lab = await createOffice();
    const { source, sink } = lab.hosts;
    const { ifindex } = sink.interface('b');
    using counter = new DropCounter();
    using program = loadDropProgram(
      { macAddresses: [parseMacAddress(source.interface('a').macAddress)], ipAddresses: [] },
      counter,
    );
    sink.netns.netlink.request(encodeCreateClsact({ ifindex }));
    sink.netns.netlink.request(
      encodeAddFilter({ ifindex, direction: 'ingress', programFd: program.number, priority: 1, name: 'test' }),
    );
    const ledger = lab.ledger(FLOW);
    await send(source, sink.address);
    expect(tell(await ledger.report())).toEqual({
      cause: 'ingress-filter',
      at: 'sink:eth0',
      packets: 100,
      message: 'a filter at the ingress of sink:eth0 (tc, or nftables) took packets before IP',
      fix: 'look at tc filter show dev eth0 ingress, and nft list ruleset, on sink',
    });
  });
});
