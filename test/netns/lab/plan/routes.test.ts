import { describe, expect, it } from 'vitest';
import { planLab } from '../../../../src/netns/lab/plan/plan-lab.js';
import { chain, fanOut, mesh, pair, star } from '../../../../src/netns/lab/templates.js';
import { addressesOf, routesOf } from './describe-plan.js';

describe('computed routes', () => {
  it('lead through every router of a chain, and hosts have a default route', () => {
    const plan = planLab(chain(2, { families: ['ipv4', 'ipv6'] }));
    expect(routesOf(plan)).toEqual({
      left: ['0.0.0.0/0 via 10.0.0.1 dev eth0', '::/0 via fd00::1 dev eth0'],
      right: ['0.0.0.0/0 via 10.0.2.1 dev eth0', '::/0 via fd00:0:2::1 dev eth0'],
      router1: ['10.0.2.0/24 via 10.0.1.2 dev eth1', 'fd00:0:2::/64 via fd00:0:1::2 dev eth1'],
      router2: ['10.0.0.0/24 via 10.0.1.1 dev eth0', 'fd00::/64 via fd00:0:1::1 dev eth0'],
    });
    expect(plan.nodes[0]?.routes[0]).toEqual({
      family: 'ipv4',
      to: '0.0.0.0/0',
      via: '10.0.0.1',
      interface: 'eth0',
      metric: undefined,
      computed: true,
    });
  });

  it('name each network where a host has several gateways, by the fewest hops and then the order of the links', () => {
    const plan = planLab({
      hosts: { a: {} },
      routers: { near: {}, far: {}, other: {} },
      links: { x: ['a', 'near'], y: ['a', 'other'], z: ['near', 'far'], w: ['near', 'other'], v: ['far', 'other'] },
    });
    expect(addressesOf(plan)['a']).toEqual(['eth0 10.0.0.2/24', 'eth1 10.0.1.2/24']);
    expect(routesOf(plan)['a']).toEqual([
      '10.0.2.0/24 via 10.0.0.1 dev eth0',
      '10.0.3.0/24 via 10.0.0.1 dev eth0',
      '10.0.4.0/24 via 10.0.1.1 dev eth1',
    ]);
  });

  it('lead to addresses of loopbacks too, also of hosts that pass nothing on', () => {
    const plan = planLab({
      hosts: { a: { loopback: ['10.9.0.1/32', '127.0.0.2/32'] }, b: {} },
      routers: { r: { loopback: [{ address: '10.9.0.9/32', label: 'lo:id' }] } },
      links: { x: ['a', 'r'], y: ['r', 'b'] },
    });
    expect(routesOf(plan)).toEqual({
      a: ['0.0.0.0/0 via 10.0.0.1 dev eth0'],
      b: ['0.0.0.0/0 via 10.0.1.1 dev eth0'],
      r: ['10.9.0.1/32 via 10.0.0.2 dev eth0'],
    });
  });

  it('yield to those of the spec', () => {
    const plan = planLab({
      hosts: { a: { routes: [{ to: 'default', via: '10.0.0.9', metric: 5 }] }, b: {} },
      routers: {
        r: { routes: [{ to: '10.0.2.0/24', interface: 'eth0' }] },
        s: {},
      },
      links: { x: ['a', 'r'], y: ['r', 's'], z: ['s', 'b'] },
    });
    expect(routesOf(plan)).toEqual({
      a: [
        '0.0.0.0/0 via 10.0.0.9 dev eth0 metric 5',
        '10.0.1.0/24 via 10.0.0.1 dev eth0',
        '10.0.2.0/24 via 10.0.0.1 dev eth0',
      ],
      b: ['0.0.0.0/0 via 10.0.2.1 dev eth0'],
      r: ['10.0.2.0/24 dev eth0'],
      s: ['10.0.0.0/24 via 10.0.1.1 dev eth0'],
    });
  });

  it('take a link that is down only where there is no other way', () => {
    const routers = { r: {}, s: {}, t: {} };
    const links = { x: ['a', 'r'], short: { ends: ['r', 's'], up: false }, y: ['s', 'b'] } as const;
    const around = { ...links, one: ['r', 't'], two: ['t', 's'] } as const;
    const hosts = { a: {}, b: {} };
    expect(routesOf(planLab({ hosts, routers, links }))['r']).toEqual(['10.0.2.0/24 via 10.0.1.2 dev eth1']);
    const behind = { hosts, routers: { r: {} }, links: { x: ['a', 'r'], y: ['r', 'b'] } } as const;
    const allDown = { x: { ends: behind.links.x, up: false }, y: { ends: behind.links.y, up: false } } as const;
    expect(routesOf(planLab({ ...behind, links: allDown }))['a']).toEqual(['0.0.0.0/0 via 10.0.0.1 dev eth0']);
    const detour = routesOf(planLab({ hosts, routers, links: around }))['r'];
    expect(detour).toEqual(['10.0.4.0/24 via 10.0.3.2 dev eth2', '10.0.2.0/24 via 10.0.3.2 dev eth2']);
  });

  it('lead through hosts that forward and not through others', () => {
    const links = { x: ['a', 'b'], y: ['b', 'c'] } as const;
    expect(routesOf(planLab({ hosts: { a: {}, b: {}, c: {} }, links }))).toEqual({ a: [], b: [], c: [] });
    expect(routesOf(planLab({ hosts: { a: {}, b: { forwarding: true }, c: {} }, links }))).toEqual({
      a: ['0.0.0.0/0 via 10.0.0.1 dev eth0'],
      b: [],
      c: ['0.0.0.0/0 via 10.0.1.1 dev eth0'],
    });
    expect(routesOf(planLab({ routers: { b: { forwarding: false } }, hosts: { a: {}, c: {} }, links }))['a']).toEqual(
      [],
    );
  });

  it('are left out on request, and where a family has no gateway', () => {
    expect(routesOf(planLab({ ...chain(1), computeRoutes: false }))['left']).toEqual([]);
    const plan = planLab({
      hosts: { a: {}, b: {} },
      routers: { r: {} },
      links: { x: { ends: ['a', 'r'], subnets: ['fd01::/64'] }, y: ['r', 'b'] },
    });
    expect(routesOf(plan)['a']).toEqual(['0.0.0.0/0 via 10.0.0.1 dev eth0']);
  });
});

it('routes and neighbours of the spec get the interface that leads there', () => {
  const plan = planLab({
    hosts: {
      a: {
        routes: [
          { to: '10.7.0.0/16', via: '10.0.1.2' },
          { to: '224.0.0.0/4', interface: 'eth0' },
          { to: 'default', via: 'fe80::1', interface: 'eth1' },
        ],
        neighbours: [{ address: '10.0.1.2', macAddress: '02:00:00:00:00:FE' }],
      },
      b: {},
    },
    links: { x: ['a', 'b'], y: ['a', 'b'] },
  });
  expect(routesOf(plan)['a']).toEqual([
    '10.7.0.0/16 via 10.0.1.2 dev eth1',
    '224.0.0.0/4 dev eth0',
    '::/0 via fe80::1 dev eth1',
  ]);
  expect(plan.nodes[0]?.neighbours).toEqual([
    { family: 'ipv4', address: '10.0.1.2', macAddress: '02:00:00:00:00:fe', interface: 'eth1' },
  ]);
});

describe('templates', () => {
  it('plan without a mistake, and connect what they say', () => {
    expect(addressesOf(planLab(pair()))).toEqual({ left: ['eth0 10.0.0.1/24'], right: ['eth0 10.0.0.2/24'] });
    expect(addressesOf(planLab(star(2)))).toEqual({
      host1: ['eth0 10.0.0.1/24'],
      host2: ['eth0 10.0.0.2/24'],
      lan: ['port0', 'port1'],
    });
    expect(planLab(mesh(4)).links.map(({ name, ends }) => `${name} ${ends[0].node} ${ends[1].node}`)).toEqual([
      'link1_2 host1 host2',
      'link1_3 host1 host3',
      'link1_4 host1 host4',
      'link2_3 host2 host3',
      'link2_4 host2 host4',
      'link3_4 host3 host4',
    ]);
    expect(routesOf(planLab(fanOut(2)))).toEqual({
      source: ['0.0.0.0/0 via 10.0.0.1 dev eth0'],
      sink1: ['0.0.0.0/0 via 10.0.1.1 dev eth0'],
      sink2: ['0.0.0.0/0 via 10.0.2.1 dev eth0'],
      relay: [],
    });
    expect(planLab(chain(0)).links).toHaveLength(1);
  });

  it('hand their options on', () => {
    const plan = planLab(star(2, { families: ['ipv6'], mtu: 1400, host: { forwarding: true }, bridge: { stp: true } }));
    expect(plan.nodes.map(({ forwarding }) => forwarding)).toEqual([true, true, false]);
    expect(plan.nodes[2]?.bridge?.stp).toBe(true);
    expect(plan.links[1]?.mtu).toBe(1400);
    expect(plan.segments[0]?.networks).toEqual(['fd00::/64']);
    expect(planLab(chain(1, { router: { forwarding: false } })).nodes[2]?.forwarding).toBe(false);
  });

  it('refuse counts that make no sense', () => {
    expect(() => star(0)).toThrow('star: count must be a whole number from 1 to 1024; received 0');
    expect(() => mesh(1)).toThrow('mesh: count must be a whole number from 2 to 1024; received 1');
    expect(() => chain(1.5)).toThrow('chain: count must be a whole number from 0 to 1024; received 1.5');
    expect(() => fanOut(2000)).toThrow('fanOut: count must be a whole number from 1 to 1024; received 2000');
  });
});
