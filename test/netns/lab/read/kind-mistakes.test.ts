import { describe, expect, it } from 'vitest';
import { planLab } from '../../../../src/netns/lab/plan/plan-lab.js';
import { problemsOf } from './problems-of.js';

/** What is said of a spec as JavaScript may give it. */
const hosts = { a: {}, b: {}, c: {} };
const trunk = ['a', 'b'];
const vlan = (settings: object, other = {}) => ({
  hosts,
  bridges: { lan: {} },
  links: { trunk, far: ['b', 'c'], blue: { ends: ['a', 'b'], vlan: { id: 7, over: 'trunk', ...settings }, ...other } },
});
const macvlan = (settings: object, other = {}) => ({
  hosts,
  links: { up: ['a', 'b'], guest: { ends: ['c', 'a'], macvlan: { over: 'up', ...settings }, ...other } },
});
const vxlan = (settings: object, other = {}) => ({
  hosts,
  bridges: { lan: {} },
  links: { trunk, port: ['c', 'lan'], tunnel: { ends: ['a', 'b'], vxlan: { vni: 1, ...settings }, ...other } },
});
const multicast = (route: object) => ({
  hosts,
  routers: { r: { multicastRoutes: [{ group: '239.1.1.1', from: 'in', to: ['out'], ...route }] } },
  links: { in: ['a', 'r'], out: ['r', 'b'], other: ['b', 'c'] },
});

describe.each<[of: string, cases: readonly (readonly [spec: unknown, ...problems: string[]])[]]>([
  [
    'VLANs',
    [
      [vlan({ id: 4095 }), 'links.blue.vlan.id: must be a whole number from 1 to 4094; received 4095'],
      [vlan({ id: undefined }), 'links.blue.vlan.id: must be given: a whole number from 1 to 4094'],
      [
        vlan({ over: 'trnk' }),
        'links.blue.vlan.over: must be the name of a link; received "trnk". Did you mean "trunk"?',
      ],
      [
        vlan({ over: 'far' }),
        'links.blue.vlan.over: must be a link on which "a" has an interface, such as trunk, blue; received "far"',
      ],
      [
        vlan({ over: ['trunk', 'far'] }),
        'links.blue.vlan.over: must be two links that bridges join; trunk and far are not',
      ],
      [
        vlan({ over: ['trunk'] }),
        'links.blue.vlan.over: must be a link, or a list of two, one for each end; received ["trunk"]',
      ],
      [vlan({ over: 'blue' }), 'links.blue: stands on itself: blue on blue'],
      [vlan({ tag: 5 }), 'links.blue.vlan.tag: is no field of a VLAN, which has id, over'],
      [vlan({}, { mtu: 1501 }), 'links.blue.mtu: must be at most 1500, as that of "trunk"; received 1501'],
      [
        vlan({}, { wire: true }),
        'links.blue.wire: is of a pair of interfaces; a vlan passes through what it stands on, so give it there',
      ],
      [
        vlan({}, { ends: ['a', 'lan'] }),
        'links.blue.ends[1]: must be a host or router, for the end of a vlan; received "lan"',
      ],
      [
        {
          hosts,
          links: {
            trunk,
            x: { ends: ['a', 'b'], vlan: { id: 7, over: 'trunk' } },
            y: { ends: ['a', 'b'], vlan: { id: 7, over: 'trunk' } },
          },
        },
        'links.y.vlan.id: is taken on the interface of "a" by links.x.vlan.id; received 7',
        'links.y.vlan.id: is taken on the interface of "b" by links.x.vlan.id; received 7',
      ],
      [
        {
          hosts,
          links: {
            x: { ends: ['a', 'b'], vlan: { id: 1, over: 'y' } },
            y: { ends: ['a', 'b'], vlan: { id: 2, over: 'z' } },
            z: { ends: ['a', 'b'], vlan: { id: 3, over: 'x' } },
          },
        },
        'links.x: stands on itself: x on y on z on x',
      ],
    ],
  ],
  [
    'macvlans',
    [
      [
        macvlan({ mode: 'bride' }),
        'links.guest.macvlan.mode: must be one of "bridge", "vepa", "private", "passthru"; received "bride". Did you mean "bridge"?',
      ],
      [macvlan({ over: 7 }), 'links.guest.macvlan.over: must be the name of a link; received 7'],
      [
        macvlan({}, { subnets: ['10.9.0.0/24'] }),
        'links.guest.subnets: a macvlan is in the network of the link that it stands on',
      ],
      [
        macvlan({}, { ends: ['c', { node: 'a', interface: 'eth7' }] }),
        'links.guest.ends[1]: must be the name of a node alone: its interface is that of link macvlan.over; received {"node":"a","interface":"eth7"}',
      ],
      [
        macvlan({ mode: 'passthru' }, { ends: [{ node: 'c', macAddress: '02:00:00:00:00:77' }, 'a'] }),
        'links.guest.ends[0].macAddress: must not be given: with passthru it is that of the interface below',
      ],
      [
        {
          hosts,
          links: {
            up: ['a', 'b'],
            x: { ends: ['c', 'a'], macvlan: { over: 'up', mode: 'passthru' } },
            y: { ends: ['c', 'a'], macvlan: { over: 'up' } },
          },
        },
        'links.y.macvlan: a macvlan that is passthru has an interface for itself, and "x" is on it',
      ],
      [
        {
          hosts,
          links: {
            x: { ends: ['a', 'b'], macvlan: { over: 'y' } },
            y: { ends: ['b', 'a'], macvlan: { over: 'x' } },
          },
        },
        'links.x: stands on itself: x on y on x',
      ],
      [
        {
          hosts,
          links: { up: ['a', 'b'], x: { ends: ['a', 'b'], macvlan: { over: 'up' }, vlan: { id: 1, over: 'up' } } },
        },
        'links.x.vlan: a link is of one kind, and links.x has macvlan already',
      ],
    ],
  ],
  [
    'vxlans',
    [
      [vxlan({ vni: -1 }), 'links.tunnel.vxlan.vni: must be a whole number from 0 to 16777215; received -1'],
      [vxlan({ port: 0 }), 'links.tunnel.vxlan.port: must be a whole number from 1 to 65535; received 0'],
      [
        vxlan({}, { ends: ['a', 'c'] }),
        'links.tunnel.vxlan: must have a network below it that leads from "a" to "c"; link them, or both to a router',
      ],
      [
        vxlan({}, { ends: ['a', 'lan'] }),
        'links.tunnel.vxlan.under: must be given, for "lan" is a bridge, which has no address: two hosts whose addresses the packets go between',
      ],
      [
        vxlan({ under: ['a', 'lan'] }, { ends: ['a', 'lan'] }),
        'links.tunnel.vxlan.under[1]: must be the name of a host or router; received "lan". Did you mean "a"?',
      ],
      [vxlan({ under: ['a', 'a'] }), 'links.tunnel.vxlan.under: must be two hosts; both are "a"'],
      [
        {
          hosts,
          links: {
            trunk,
            x: { ends: ['a', 'b'], vxlan: { vni: 3 } },
            y: { ends: ['b', 'a'], vxlan: { vni: 3, port: 4789 } },
          },
        },
        'links.y.vxlan.vni: is taken on "b" at port 4789 by links.x.vxlan.vni; received 3',
        'links.y.vxlan.vni: is taken on "a" at port 4789 by links.x.vxlan.vni; received 3',
      ],
      [
        {
          hosts,
          bridges: { s: {}, t: {} },
          links: {
            trunk,
            cable: ['s', 't'],
            tunnel: { ends: ['s', 't'], vxlan: { vni: 3, under: ['a', 'b'] } },
          },
        },
        'links.tunnel: closes a loop of bridges without STP; give one of its bridges stp: true, such as bridges.s or bridges.t, or leave the link out',
      ],
      [
        {
          hosts: { ...hosts, d: { netns: '/run/netns/d' } },
          links: { x: ['a', 'd'], tunnel: { ends: ['a', 'd'], vxlan: { vni: 3 } } },
        },
        "links.tunnel.vxlan: an end in hosts.d over the network of hosts.d would outlive this process, were it killed; let a host or router of the lab's own carry it (under)",
      ],
    ],
  ],
  [
    'ways of multicast',
    [
      [
        multicast({ group: '10.0.0.1' }),
        'routers.r.multicastRoutes[0].group: must be a group of IPv4, such as "239.1.1.1"; received "10.0.0.1"',
      ],
      [
        multicast({ group: '224.0.0.5' }),
        'routers.r.multicastRoutes[0].group: must not be of 224.0.0.0/24, which no router passes on; received "224.0.0.5"',
      ],
      [
        multicast({ group: 'ff05::1' }),
        'routers.r.multicastRoutes[0].group: must be a group of IPv4, such as "239.1.1.1"; received "ff05::1"',
      ],
      [
        multicast({ source: '239.1.1.1' }),
        'routers.r.multicastRoutes[0].source: must be an address of IPv4, of one machine; received "239.1.1.1"',
      ],
      [
        multicast({ from: 'inn', to: ['other', 'in'] }),
        'routers.r.multicastRoutes[0].from: must be a link that "r" is on: in, out; received "inn". Did you mean "in"?',
        'routers.r.multicastRoutes[0].to[0]: must be a link that "r" is on: in, out; received "other"',
      ],
      [
        multicast({ to: ['in'] }),
        'routers.r.multicastRoutes[0].to[0]: must not be the link that the packets come from; received "in"',
      ],
      [multicast({ to: [] }), 'routers.r.multicastRoutes[0].to: must be a list of names of links; received []'],
      [multicast({ ttl: 255 }), 'routers.r.multicastRoutes[0].ttl: must be a whole number from 1 to 254; received 255'],
      [
        { hosts: { a: { multicastRoutes: [] } } },
        'hosts.a.multicastRoutes: is no field of a host, which has sysctls, forwarding, routes, loopback, neighbours, netns',
      ],
    ],
  ],
])('%s', (_of, cases) => {
  it.each(cases)('%j is refused', (spec, ...problems) => {
    expect(problemsOf(spec)).toEqual(problems);
  });
});

it('a tunnel does not go through a tunnel, and its mistake is not told when an end could not be read', () => {
  const through = {
    hosts,
    links: {
      trunk,
      one: ['b', 'c'],
      outer: { ends: ['a', 'b'], vxlan: { vni: 1 } },
      inner: { ends: ['a', 'c'], vxlan: { vni: 2 } },
    },
  };
  expect(problemsOf(through)).toEqual([
    'links.inner.vxlan: must have a network below it that leads from "a" to "c"; link them, or both to a router',
  ]);
  const unread = { hosts, links: { trunk: ['a', 'x'], tunnel: { ends: ['a', 'b'], vxlan: { vni: 1 } } } };
  expect(problemsOf(unread)).toEqual([
    'links.trunk[1]: must be the name of a node, which are a, b, c; received "x". Did you mean "a" or "b" or "c"?',
  ]);
});

it('labels are of IPv4, and what stands on a link that is down is down too', () => {
  expect(problemsOf({ hosts: { a: { loopback: [{ address: 'fd00::1/128', label: 'lo:x' }] } } })).toEqual([
    'hosts.a.loopback[0].label: must not be given to fd00::1, for labels are of IPv4; received "lo:x"',
  ]);
  const plan = planLab({
    hosts: { a: {}, b: {} },
    links: {
      blue: { ends: ['a', 'b'], vlan: { id: 5, over: 'trunk' } },
      trunk: { ends: ['a', 'b'], up: false, mtu: 1400 },
    },
  });
  expect(plan.links.map(({ name, up, mtu, kind }) => [name, up, mtu, kind])).toEqual([
    ['blue', false, 1400, { type: 'vlan', id: 5, over: ['trunk', 'trunk'] }],
    ['trunk', false, 1400, { type: 'veth' }],
  ]);
  expect(plan.nodes[0]?.interfaces.map(({ name, kind, below }) => [name, kind, below])).toEqual([
    ['eth1', 'vlan', 'eth0'],
    ['eth0', 'veth', undefined],
  ]);
});

it('no way is computed through a parent, which its macvlan does not hear', () => {
  const plan = planLab({
    hosts: { server: {}, guest: {} },
    routers: { parent: {}, other: {} },
    bridges: { lan: {} },
    links: {
      up: ['parent', 'lan'],
      far: ['other', 'lan'],
      a: ['parent', 'server'],
      b: ['other', 'server'],
      guest: { ends: ['guest', 'parent'], macvlan: { over: 'up' } },
    },
  });
  const guest = plan.nodes.find(({ name }) => name === 'guest');
  expect(guest?.interfaces[0]?.addresses[0]?.address).toBe('10.0.0.3');
  expect(guest?.routes.map(({ to, via }) => [to, via])).toEqual([['0.0.0.0/0', '10.0.0.2']]);
});
