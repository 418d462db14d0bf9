import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { encodeRemoveMdbEntry } from '../../../src/netns/netlink/mdb.js';
import { collectTraffic } from '../../../src/netns/traffic/collect-traffic.js';
import { generateTraffic } from '../../../src/netns/traffic/generate-traffic.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

const GROUP = '239.1.1.1';

async function createSwitched(multicastSnooping = true) {
  return keep(
    await createLab({
      hosts: { sender: {}, member: {}, other: {} },
      bridges: { lan: { multicastSnooping, multicastQuerier: multicastSnooping } },
      links: { a: ['sender', 'lan'], b: ['member', 'lan'], c: ['other', 'lan'] },
    }),
  );
}

describe('a host has joined a group', () => {
  test('when its kernel and its switch know; the group then comes to it', async () => {
    const { hosts, bridges } = await createSwitched();
    const sink = collectTraffic(hosts.member, { group: GROUP, interface: 'eth0', timeoutMs: 5000 });
    const [membership] = await hosts.member.joined(GROUP);
    expect(membership).toMatchObject({ interface: 'eth0', group: GROUP, users: 1 });
    expect(bridges.lan.memberships().filter(({ group }) => group === GROUP)).toMatchObject([
      { interface: 'port1', link: 'b', source: undefined, isPermanent: false },
    ]);
    await generateTraffic(hosts.sender, { to: { address: GROUP, port: sink.port }, count: 100, interface: 'eth0' });
    expect(await sink.report()).toMatchObject({ received: 100, lost: 0 });
  });

  test('not before a socket has: the error says so, and where it has joined instead', async () => {
    const { member } = (await createSwitched()).hosts;
    await expect(member.joined(GROUP, { timeoutMs: 20 })).rejects.toThrow(
      'Timed out after 20 ms waiting for host "member" to be in group 239.1.1.1: the kernel of "member" is not in group 239.1.1.1 (/proc/net/igmp, igmp6); no socket has joined it. Join it first: host.udp({ port }).join(group, { interface })',
    );
    member.udp({ port: 5000 }).join(GROUP, { interface: 'lo' });
    await expect(member.joined(GROUP, { interface: 'eth0', timeoutMs: 20 })).rejects.toThrow(
      'the kernel of "member" is not in group 239.1.1.1 on eth0 (/proc/net/igmp, igmp6); it is in it on lo',
    );
  });

  test('not before the switch has heard of it: the error says so, and whom it knows', async () => {
    const lab = await createSwitched();
    const { hosts, bridges } = lab;
    for (const host of [hosts.member, hosts.other]) {
      host.udp({ port: 5000 }).join(GROUP, { interface: 'eth0' });
      await host.joined(GROUP);
    }
    const entry = bridges.lan.memberships().find(({ link, group }) => link === 'b' && group === GROUP);
    const bridgeIndex = lab.plan.nodes.find(({ name }) => name === 'lan')?.bridge?.ifindex ?? 0;
    const place = { bridgeIndex, portIndex: entry?.portIndex ?? 0, group: GROUP };
    // Nothing is reported a second time over a link that is down.
    lab.links.b.down();
    if (bridges.lan.memberships().some(({ link }) => link === 'b'))
      bridges.lan.netns.netlink.request(encodeRemoveMdbEntry(place));
    await expect(hosts.member.joined(GROUP, { timeoutMs: 20 })).rejects.toThrow(
      'the kernel has it on eth0, but bridge "lan" has no entry for it at port1 in its multicast database: it knows of members at port2',
    );
  });

  test('when the kernel knows, where the switch does not snoop, or there is none', async () => {
    const { member } = (await createSwitched(false)).hosts;
    member.udp({ port: 5000 }).join(GROUP, { interface: 'eth0' });
    expect(await member.joined(GROUP)).toHaveLength(1);
    const lab = keep(await createLab({ hosts: { left: {}, right: {} }, links: { wire: ['left', 'right'] } }));
    lab.hosts.right.udp({ port: 5000 }).join(GROUP, { interface: 'eth0' });
    expect(await lab.hosts.right.joined(GROUP, { interface: 'eth0' })).toHaveLength(1);
  });

  test('of IPv6 too, and of groups that nobody reports', async () => {
    const lab = keep(
      await createLab({
        hosts: { a: {}, b: {} },
        bridges: { lan: { multicastQuerier: true } },
        links: { one: ['a', 'lan'], two: ['b', 'lan'] },
        families: ['ipv4', 'ipv6'],
      }),
    );
    const { b } = lab.hosts;
    b.udp({ host: '::', port: 5000 }).join('ff15::1', { interface: 'eth0' });
    await b.joined('FF15:0::1');
    expect(lab.bridges.lan.memberships().map(({ group }) => group)).toContain('ff15::1');
    for (const group of ['224.0.0.1', 'ff02::1']) expect(await b.joined(group)).not.toEqual([]);
  });

  test('unless what was asked is no group', async () => {
    const { member } = (await createSwitched()).hosts;
    await expect(member.joined('10.0.0.1', { interface: '', timeoutMs: -1 })).rejects.toThrow(
      /group must be .*interface must be .*timeoutMs /s,
    );
  });
});
