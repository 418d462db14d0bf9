import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import type { LabHost } from '../../../src/netns/lab/lab-host.js';
import { readFirewallCounters } from '../../../src/netns/netfilter/read-firewall-counters.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

/** Two hosts on either side of a router that is also a switch's neighbour. */
async function createOffice() {
  return keep(
    await createLab({
      hosts: { client: {}, server: {} },
      routers: { gate: {} },
      bridges: { lan: {} },
      links: { desk: ['client', 'lan'], up: ['lan', 'gate'], rack: ['gate', 'server'] },
      families: ['ipv4', 'ipv6'],
    }),
  );
}

function addressOf(host: LabHost, family: 'ipv4' | 'ipv6'): string {
  return host.addresses({ family })[0]?.address ?? '';
}

/** Datagrams from a socket, which arrive or do not; the last is sent to another port, and always does. */
async function createListener(host: LabHost, family: 'ipv4' | 'ipv6' = 'ipv4') {
  const address = addressOf(host, family);
  const got: string[] = [];
  const marks: string[] = [];
  host.udp({ port: 7000, host: address }).socket.on('message', (data) => got.push(String(data)));
  host.udp({ port: 7999, host: address }).socket.on('message', (data) => marks.push(String(data)));
  const sendFrom = async (sender: LabHost, count: number, sourcePort?: number): Promise<number> => {
    got.length = 0;
    await using socket = sender.udp({
      host: addressOf(sender, family),
      ...(sourcePort === undefined ? {} : { port: sourcePort }),
    });
    await using other = sender.udp({ host: addressOf(sender, family) });
    for (let index = 0; index < count; index += 1) await socket.send(`${index}`, 7000, address);
    const mark = `${marks.length}`;
    await other.send(mark, 7999, address);
    // The mark is on a socket of its own, and may be read before what was sent before it.
    const isRead = () => host.proc.sockets(['udp', 'udp6']).every(({ receiveQueueBytes }) => receiveQueueBytes === 0);
    await until(() => marks.includes(mark) && isRead());
    return got.length;
  };
  return { sendFrom };
}

describe('the firewall of a host', () => {
  test.each(['ipv4', 'ipv6'] as const)(
    'drops what is sent to a port, by %s, tells nobody, and counts',
    async (family) => {
      const { hosts } = await createOffice();
      const { sendFrom } = await createListener(hosts.server, family);
      expect(await sendFrom(hosts.client, 3)).toBe(3);
      const rule = hosts.server.firewall.drop({ protocol: 'udp', destinationPort: 7000 });
      expect(await sendFrom(hosts.client, 5)).toBe(0);
      const headers = family === 'ipv4' ? 28 : 48;
      expect(rule.counts()).toEqual({ packets: 5, bytes: 5 * (headers + 1) });
      expect([rule.packets, rule.bytes, rule.isRemoved]).toEqual([5, 5 * (headers + 1), false]);
      rule.remove();
      rule.remove();
      expect(await sendFrom(hosts.client, 2)).toBe(2);
      expect([rule.packets, rule.isRemoved]).toEqual([5, true]);
      expect(readFirewallCounters(hosts.server.netns)).toEqual([]);
    },
  );

  test('drops what a router passes on, by prefix, either way, once each', async () => {
    const { hosts, routers } = await createOffice();
    const { sendFrom } = await createListener(hosts.server);
    using rule = routers.gate.firewall.drop({ host: hosts.client.address, port: 7000 }, { direction: 'forward' });
    expect(await sendFrom(hosts.client, 4, 7000)).toBe(0);
    expect(rule.packets).toBe(4);
    using _other = routers.gate.firewall.drop({ source: '10.0.77.0/24' }, { direction: 'forward' });
    rule.remove();
    expect(await sendFrom(hosts.client, 4)).toBe(4);
  });

  test('tells a program of its own host that it may not send', async () => {
    const { hosts } = await createOffice();
    using rule = hosts.client.firewall.drop({ destination: hosts.server.address }, { direction: 'out' });
    await expect(hosts.client.udp().send('x', 7000, hosts.server.address)).rejects.toMatchObject({ code: 'EPERM' });
    expect(rule.packets).toBe(1);
  });

  test('drops by chance, about as many as it is told', async () => {
    const { hosts } = await createOffice();
    const { sendFrom } = await createListener(hosts.server);
    using rule = hosts.server.firewall.drop({ port: 7000 }, { percent: 50 });
    const arrived = await sendFrom(hosts.client, 400);
    expect(rule.packets).toBe(400 - arrived);
    // Twelve standard deviations to each side.
    expect(arrived).toBeGreaterThan(80);
    expect(arrived).toBeLessThan(320);
  });

  test.each([
    ['tcp-reset', 'ECONNREFUSED'],
    ['port-unreachable', 'ECONNREFUSED'],
    ['host-unreachable', 'EHOSTUNREACH'],
    ['net-unreachable', 'ENETUNREACH'],
    ['admin-prohibited', 'EHOSTUNREACH'],
  ] as const)('refuses with %s, so that connecting is %s', async (answer, code) => {
    const { hosts } = await createOffice();
    hosts.server.serve((_request, response) => response.end(), { port: 80, host: hosts.server.address });
    using rule = hosts.server.firewall.reject({ destinationPort: 80 }, { with: answer });
    const socket = hosts.client.connect({ host: hosts.server.address, port: 80 });
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code });
    expect(rule.packets).toBe(1);
    rule[Symbol.dispose]();
    expect((await hosts.client.fetch(`http://${hosts.server.address}/`)).status).toBe(200);
  });

  test('is healed with the lab, which leaves the rules of others', async () => {
    const lab = await createOffice();
    const { server } = lab.hosts;
    const { sendFrom } = await createListener(server);
    server.firewall.drop({ port: 7000 });
    server.firewall.drop({ port: 7001 });
    lab.links.rack.drop({ port: 7000 });
    using other = new (await import('./foreign-rule.js')).ForeignRule(server.netns);
    expect(readFirewallCounters(server.netns).map(({ table, isOwn }) => [table, isOwn])).toEqual(
      expect.arrayContaining([
        ['glovebox', true],
        ['glovebox-eth0', true],
        ['theirs', false],
      ]),
    );
    lab.heal();
    expect(await sendFrom(lab.hosts.client, 3)).toBe(3);
    expect(readFirewallCounters(server.netns)).toEqual([
      {
        family: 'inet',
        table: 'theirs',
        chain: 'in',
        handle: expect.any(BigInt),
        comment: 'counts all',
        hook: 'input',
        devices: [],
        verdict: undefined,
        packets: expect.any(Number),
        bytes: expect.any(Number),
        isOwn: false,
      },
    ]);
    expect(other.packets()).toBeGreaterThanOrEqual(4);
  });

  test('refuses what it cannot do with every mistake', async () => {
    const { hosts } = await createOffice();
    const { firewall } = hosts.server;
    expect(() =>
      firewall.drop({ port: 70_000, protocol: 'arp' }, { percent: 0, direction: 'inn' as 'in', wiht: 1 } as never),
    ).toThrow(
      /host "server"\.firewall\.drop: 5 mistakes:.*filter\.port must be.*"wiht" is no option.*percent must be a number over 0, up to 100; received 0.*direction must be one of 'in', 'out', 'forward'; received "inn".*use link\.drop/s,
    );
    expect(() => firewall.reject({ protocol: 'udp' }, { with: 'tcp-reset' })).toThrow(
      'host "server".firewall.reject: with "tcp-reset" answers TCP alone; filter.protocol is "udp"',
    );
    expect(() => firewall.drop(undefined as never, null as never)).toThrow(/2 mistakes:.*options must be an object/s);
    expect(readFirewallCounters(hosts.server.netns)).toEqual([]);
  });
});

describe('a link', () => {
  test.each(['desk', 'up', 'rack'] as const)('drops by address and port, one way, and counts: %s', async (name) => {
    const { hosts, links } = await createOffice();
    const { sendFrom } = await createListener(hosts.server);
    const back = await createListener(hosts.client);
    expect(await sendFrom(hosts.client, 1)).toBe(1);
    using rule = links[name].drop({ source: hosts.client.address, destinationPort: 7000 }, { direction: 'aToB' });
    using wrongWay = links[name].drop({ source: hosts.client.address }, { direction: 'bToA' });
    expect(await sendFrom(hosts.client, 6)).toBe(0);
    expect(await back.sendFrom(hosts.server, 3)).toBe(3);
    expect([rule.packets, wrongWay.packets]).toEqual([6, 0]);
    const [counter] = readFirewallCounters(links[name].ends[1].netns).filter(({ packets }) => packets > 0);
    const device = links[name].ends[1].interface.name;
    expect(counter).toMatchObject({
      family: 'netdev',
      table: `glovebox-${device}`,
      hook: 'ingress',
      devices: [device],
      verdict: 'drop',
      comment: `glovebox: drop source ${hosts.client.address}, destinationPort 7000`,
      packets: 6,
      isOwn: true,
    });
  });

  test('drops both ways, ARP too, and by chance', async () => {
    const { hosts, links } = await createOffice();
    const { sendFrom } = await createListener(hosts.server);
    using all = links.rack.drop({ protocol: 'arp' });
    const socket = hosts.server.connect({ host: '10.0.1.1', port: 9 });
    socket.on('error', () => undefined);
    await until(() => all.packets > 0);
    all.remove();
    socket.destroy();
    using some = links.rack.drop({ protocol: 'udp', destinationPort: 7000 }, { percent: 50 });
    const arrived = await sendFrom(hosts.client, 400);
    expect(some.packets).toBe(400 - arrived);
    expect(arrived).toBeGreaterThan(80);
    expect(arrived).toBeLessThan(320);
  });

  test('drops on wires too', async () => {
    await using lab = await createLab({
      hosts: { client: {}, server: {} },
      links: { cable: { ends: ['client', 'server'], wire: true } },
    });
    const { sendFrom } = await createListener(lab.hosts.server);
    using rule = lab.links.cable.drop({ port: 7000 });
    expect(await sendFrom(lab.hosts.client, 3)).toBe(0);
    expect(rule.packets).toBe(3);
    expect(() => lab.links.cable.drop({}, { direction: 'in' as 'aToB' })).toThrow(
      `link "cable".drop: direction must be one of 'aToB', 'bToA'; received "in"`,
    );
  });
});
