import { describe, expect, it } from 'vitest';
import type { LabSpec } from '../../../../src/netns/lab/lab-spec.js';
import { planLab } from '../../../../src/netns/lab/plan/plan-lab.js';
import { star } from '../../../../src/netns/lab/templates.js';
import { addressesOf } from './describe-plan.js';

const office: LabSpec = {
  hosts: { a: {}, b: {} },
  routers: { gateway: {} },
  bridges: { lan: {} },
  links: { one: ['a', 'lan'], two: ['b', 'lan'], up: ['gateway', 'lan'], out: ['gateway', 'b'] },
};

describe('interfaces', () => {
  it('are named and numbered in the order of the links', () => {
    const { nodes } = planLab(office);
    const described = nodes.map(({ name, interfaces }) =>
      interfaces.map((each) => `${name} ${each.link} ${each.name} ${each.ifindex} ${each.macAddress}`),
    );
    expect(described.flat()).toEqual([
      'a one eth0 2 02:00:00:00:00:01',
      'b two eth0 2 02:00:00:00:00:03',
      'b out eth1 4 02:00:00:00:00:08',
      'gateway up eth0 2 02:00:00:00:00:05',
      'gateway out eth1 3 02:00:00:00:00:07',
      'lan one port0 3 02:00:00:00:00:02',
      'lan two port1 4 02:00:00:00:00:04',
      'lan up port2 5 02:00:00:00:00:06',
    ]);
  });

  it('pass over names and MAC addresses that the spec gives', () => {
    const { nodes } = planLab({
      hosts: { a: {}, b: {} },
      links: {
        x: ['a', 'b'],
        y: [
          { node: 'a', interface: 'eth0', macAddress: '02:00:00:00:00:01' },
          { node: 'b', interface: 'wan' },
        ],
        z: ['a', 'b'],
      },
    });
    expect(nodes.map(({ interfaces }) => interfaces.map(({ name }) => name))).toEqual([
      ['eth1', 'eth0', 'eth2'],
      ['eth0', 'wan', 'eth1'],
    ]);
    expect(nodes[0]?.interfaces.map(({ macAddress }) => macAddress)).toEqual([
      '02:00:00:10:00:01',
      '02:00:00:00:00:01',
      '02:00:00:00:00:05',
    ]);
  });

  it('of a bridge are ports of a device, which is the first', () => {
    const lan = planLab({
      hosts: { a: {} },
      bridges: { lan: { stp: true, multicastSnooping: false, multicastQuerier: true } },
      links: { x: { ends: ['a', 'lan'], mtu: 9000, up: false } },
    }).nodes[1];
    expect(lan?.bridge).toEqual({
      name: 'br0',
      ifindex: 2,
      macAddress: '02:00:00:ff:00:01',
      stp: true,
      multicastSnooping: false,
      multicastQuerier: true,
    });
    expect(lan?.interfaces).toEqual([
      {
        link: 'x',
        name: 'port0',
        ifindex: 3,
        macAddress: '02:00:00:00:00:02',
        kind: 'veth',
        below: undefined,
        mtu: 9000,
        up: false,
        isBridgePort: true,
        addresses: [],
        segment: 'lan',
      },
    ]);
  });
});

describe('addresses', () => {
  it('are the same in both families, routers first, then hosts in the order of the links', () => {
    const plan = planLab({ ...office, families: ['ipv4', 'ipv6'] });
    expect(plan.segments).toEqual([
      { name: 'lan', bridges: ['lan'], links: ['one', 'two', 'up'], networks: ['10.0.0.0/24', 'fd00::/64'] },
      { name: 'out', bridges: [], links: ['out'], networks: ['10.0.1.0/24', 'fd00:0:1::/64'] },
    ]);
    expect(addressesOf(plan)).toEqual({
      a: ['eth0 10.0.0.2/24 fd00::2/64'],
      b: ['eth0 10.0.0.3/24 fd00::3/64', 'eth1 10.0.1.2/24 fd00:0:1::2/64'],
      gateway: ['eth0 10.0.0.1/24 fd00::1/64', 'eth1 10.0.1.1/24 fd00:0:1::1/64'],
      lan: ['port0', 'port1', 'port2'],
    });
  });

  it('keep to what the spec gives: networks, addresses, labels, and none', () => {
    const plan = planLab({
      hosts: { a: {}, b: {}, c: {}, d: {} },
      bridges: { lan: { subnets: ['192.0.2.0/28'] } },
      links: {
        a: ['a', 'lan'],
        b: [{ node: 'b', addresses: ['192.0.2.2/28', { address: '192.0.2.3/28', label: 'eth0:vip' }] }, 'lan'],
        c: ['lan', 'c'],
        d: ['lan', { node: 'd', addresses: [] }],
        e: ['a', { node: 'b', addresses: ['2001:db8::1/64'] }],
        f: { ends: ['a', 'c'], subnets: ['198.51.100.0/31'] },
      },
    });
    expect(addressesOf(plan)).toEqual({
      a: ['eth0 192.0.2.1/28', 'eth1 10.0.0.1/24 2001:db8::2/64', 'eth2 198.51.100.0/31'],
      b: ['eth0 192.0.2.2/28 192.0.2.3/28', 'eth1 2001:db8::1/64'],
      c: ['eth0 192.0.2.4/28', 'eth1 198.51.100.1/31'],
      d: ['eth0'],
      lan: ['port0', 'port1', 'port2', 'port3'],
    });
    expect(plan.nodes[1]?.interfaces[0]?.addresses[1]).toEqual({
      family: 'ipv4',
      address: '192.0.2.3',
      prefixLength: 28,
      label: 'eth0:vip',
      broadcast: '192.0.2.15',
    });
  });

  it('are chosen from networks clear of all addresses that the spec gives', () => {
    const plan = planLab({
      hosts: {
        a: { loopback: ['10.0.1.1/32'] },
        b: {},
      },
      links: {
        x: [{ node: 'a', addresses: ['10.0.0.2/24'] }, 'b'],
        y: { ends: ['a', 'b'], subnets: ['10.0.4.0/22'] },
        z: ['a', 'b'],
        w: ['a', 'b'],
      },
    });
    expect(plan.segments.map(({ networks }) => networks)).toEqual([
      ['10.0.0.0/24'],
      ['10.0.4.0/22'],
      ['10.0.2.0/24'],
      ['10.0.3.0/24'],
    ]);
  });

  it('come from a wider network where there are more than 254 hosts', () => {
    const plan = planLab(star(300));
    expect(plan.segments[0]?.networks).toEqual(['10.0.0.0/23']);
    expect(plan.nodes[299]?.interfaces[0]?.addresses[0]).toMatchObject({
      address: '10.0.1.44',
      broadcast: '10.0.1.255',
    });
  });

  it('are shared by all machines that bridges join', () => {
    const plan = planLab({
      hosts: { a: {}, b: {} },
      bridges: { left: {}, right: { subnets: ['192.0.2.0/24'] }, alone: {} },
      links: { x: ['a', 'left'], y: ['b', 'right'], trunk: ['left', 'right'] },
    });
    expect(plan.segments).toEqual([
      { name: 'left', bridges: ['left', 'right'], links: ['x', 'y', 'trunk'], networks: ['192.0.2.0/24'] },
      { name: 'alone', bridges: ['alone'], links: [], networks: [] },
    ]);
  });
});

describe('settings', () => {
  it('make a machine the same everywhere, and the last word is the spec’s', () => {
    const { nodes } = planLab({
      hosts: {
        a: { sysctls: { 'ipv4.conf.eth0.rp_filter': 1, 'ipv4/conf/all/rp_filter': '2', 'ipv4.conf.lo.rp_filter': 0 } },
      },
      routers: { r: {} },
      links: { x: ['a', 'r'] },
    });
    const settings = nodes.map(({ sysctls }) => sysctls.map(({ path, value, when }) => `${path}=${value} ${when}`));
    expect(settings).toEqual([
      [
        'ipv4/conf/all/rp_filter=0 before-links',
        'ipv4/conf/default/rp_filter=0 before-links',
        'ipv4/ip_forward=0 before-links',
        'ipv6/conf/default/disable_ipv6=1 before-links',
        'ipv4/conf/eth0/rp_filter=1 after-links',
        'ipv4/conf/all/rp_filter=2 before-links',
        'ipv4/conf/lo/rp_filter=0 before-links',
      ],
      [
        'ipv4/conf/all/rp_filter=0 before-links',
        'ipv4/conf/default/rp_filter=0 before-links',
        'ipv4/ip_forward=1 before-links',
        'ipv6/conf/default/disable_ipv6=1 before-links',
      ],
    ]);
  });

  it('do not wait for duplicates of addresses where there is IPv6', () => {
    const { nodes, usesIpv6 } = planLab({
      routers: { r: {} },
      bridges: { lan: {} },
      links: { x: ['r', 'lan'] },
      families: ['ipv6'],
    });
    expect(usesIpv6).toBe(true);
    const paths = nodes.map(({ sysctls }) => sysctls.map(({ path }) => path));
    expect(paths[0]).toEqual(expect.arrayContaining(['ipv6/conf/default/accept_dad', 'ipv6/conf/all/forwarding']));
    expect(paths[1]).toContain('ipv6/conf/default/disable_ipv6');
  });
});

it('the same spec gives the same plan, and is left as it was', () => {
  const before = structuredClone(office);
  expect(planLab(office)).toEqual(planLab(office));
  expect(office).toEqual(before);
});

it('a lab may be empty', () => {
  expect(planLab({})).toEqual({ nodes: [], links: [], segments: [], usesIpv6: false });
});
