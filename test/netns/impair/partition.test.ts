import { describe, expect, test } from 'vitest';
import { KernelError } from '../../../src/core/kernel-error.js';
import { until } from '../../../src/core/until.js';
import { majoritiesRing } from '../../../src/netns/impair/cuts.js';
import { NftCut } from '../../../src/netns/impair/nft-cut.js';
import { Partition } from '../../../src/netns/impair/partition.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import type { LabHost } from '../../../src/netns/lab/lab-host.js';
import { readFirewallCounters } from '../../../src/netns/netfilter/read-firewall-counters.js';
import { keep } from '../../support/keep.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';

needsNamespaces();

/** Three hosts on a switch, and a fourth behind a router; each hears who sends to it. */
async function createOffice() {
  const lab = keep(
    await createLab({
      hosts: { a: {}, b: {}, c: {}, far: {} },
      routers: { gate: {} },
      bridges: { lan: {} },
      links: { one: ['a', 'lan'], two: ['b', 'lan'], three: ['c', 'lan'], up: ['gate', 'lan'], out: ['gate', 'far'] },
      families: ['ipv4', 'ipv6'],
    }),
  );
  const heard: string[] = [];
  const hosts: readonly LabHost[] = Object.values(lab.hosts);
  for (const host of hosts) {
    for (const { address } of host.addresses()) {
      const socket = host.udp({ port: 7000, host: address });
      socket.socket.on('message', (data) => heard.push(`${data} to ${host.name}`));
    }
  }
  /** What each host hears of the others, after all of them have spoken; loopback tells when it is over. */
  const speak = async (): Promise<readonly string[]> => {
    heard.length = 0;
    for (const family of ['ipv4', 'ipv6'] as const) {
      for (const from of hosts) {
        const [own] = from.addresses({ family });
        const sender = from.udp({ host: own?.address ?? '' });
        for (const to of hosts) {
          const [address] = to.addresses({ family });
          if (to !== from) await sender.send(from.name, 7000, address?.address);
        }
        await sender.close();
      }
    }
    return heard;
  };
  return { lab, heard, speak };
}

const ALL = ['a', 'b', 'c', 'far'];
const pairs = (isHeard: (from: string, to: string) => boolean): readonly string[] =>
  ALL.flatMap((from) => ALL.filter((to) => to !== from && isHeard(from, to)).map((to) => `${from} to ${to}`)).flatMap(
    (pair) => [pair, pair],
  );

describe('a partition', () => {
  test('keeps groups from hearing each other, through routers too, until it is healed', async () => {
    const { lab, heard, speak } = await createOffice();
    await speak();
    await until(() => heard.length === 24);
    const split = lab.partition(['a', 'b'], ['c', 'far']);
    const isLeft = (name: string): boolean => name === 'a' || name === 'b';
    const expected = pairs((from, to) => isLeft(from) === isLeft(to));
    await speak();
    await until(() => heard.length >= expected.length && split.dropped >= 16);
    expect([...heard].sort()).toEqual([...expected].sort());
    split.heal();
    split.heal();
    const { dropped } = split;
    await speak();
    await until(() => heard.length === 24);
    expect(split.dropped).toBe(dropped);
  });

  test('can be one-way, and lie over another; the lab heals all, and only its own', async () => {
    const { lab, heard, speak } = await createOffice();
    await speak();
    await until(() => heard.length === 24);
    await lab.hosts.b.$`tc qdisc add dev eth0 root handle 1: tbf rate 1gbit burst 100kb limit 1mb`;
    lab.partition({ from: ['a'], to: ['b'] });
    const other = lab.partition({ from: ['far'], to: ['b'] });
    await speak();
    const expected = pairs((from, to) => !(to === 'b' && (from === 'a' || from === 'far')));
    await until(() => heard.length >= expected.length && other.dropped >= 2);
    expect([...heard].sort()).toEqual([...expected].sort());
    lab.heal();
    expect(other.isHealed).toBe(true);
    await speak();
    await until(() => heard.length === 24);
    expect(String(await lab.hosts.b.$`tc qdisc show dev eth0`)).toContain('tbf 1: root');
    expect(String(await lab.hosts.b.$`tc filter show dev eth0 ingress`)).toBe('');
  });

  test('is made of rules of nf_tables where programs are not allowed', async () => {
    const { lab, heard, speak } = await createOffice();
    await speak();
    await until(() => heard.length === 24);
    const nodes = new Map(
      [...Object.values(lab.hosts), lab.routers.gate].map(({ name, netns }) => {
        const plan = lab.plan.nodes.find((node) => node.name === name);
        if (plan === undefined) throw new TypeError(name);
        return [name, { netns, plan }];
      }),
    );
    const refuse = (): never => {
      throw new KernelError('EPERM', { syscall: 'bpf(BPF_MAP_CREATE)' });
    };
    const deaf = new Map([['b', new Set(['a', 'far'])]]);
    const split = new Partition(deaf, nodes, [refuse, () => new NftCut()]);
    const over = new Partition(deaf, nodes, [() => new NftCut()]);
    over.heal();
    await speak();
    const expected = pairs((from, to) => !(to === 'b' && (from === 'a' || from === 'far')));
    await until(() => heard.length >= expected.length && split.dropped >= 4);
    expect([...heard].sort()).toEqual([...expected].sort());
    split.heal();
    const { dropped } = split;
    await speak();
    await until(() => heard.length === 24);
    expect(split.dropped).toBe(dropped);
    expect(readFirewallCounters(lab.hosts.b.netns)).toEqual([]);
    expect(() => new Partition(deaf, nodes, [refuse])).toThrow('EPERM');
  });

  test('of what is none is refused with every mistake', async () => {
    const { lab } = await createOffice();
    expect(() => lab.partition(['a', 'bb' as 'b'], ['a'])).toThrow(
      /2 mistakes:.*group 1: "bb" is no host or router.*"a" is on both sides/s,
    );
    expect(() => lab.partition({ from: ['a'], to: [] })).toThrow('cut 1: to must be a list of hosts');
    expect(() => lab.partition(['a'] as never)).toThrow('give two groups at least');
  });
});

test('a ring of majorities lets every host hear a majority, and no two the same', () => {
  const hosts = ['a', 'b', 'c', 'd', 'e'];
  const cuts = majoritiesRing(hosts);
  const heard = cuts.map(({ from }) => hosts.filter((host) => !from.includes(host)).join(''));
  expect(heard).toEqual(['abe', 'abc', 'bcd', 'cde', 'ade']);
  expect(() => majoritiesRing(['a', 'b'])).toThrow('it takes three hosts at least');
});
