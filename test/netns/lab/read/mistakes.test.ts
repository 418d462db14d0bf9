import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/core/errors.js';
import { planLab } from '../../../../src/netns/lab/plan/plan-lab.js';
import { problemsOf } from './problems-of.js';

/** What is said of a spec as JavaScript may give it. */
const hosts = { a: {}, b: {} };
const wire = (settings: object) => ({ hosts, links: { wire: { ends: ['a', 'b'], ...settings } } });
const end = (settings: object) => wire({ ends: [{ node: 'a', ...settings }, 'b'] });
const host = (settings: object) => ({ hosts: { a: settings, b: {} }, links: { wire: ['a', 'b'] } });

it('a spec with many mistakes is one error that names them all', () => {
  const spec = {
    hosts: { a: { forwardng: true, ip: '10.0.0.1' }, b: { sysctls: { 'net.ipv4.ip_forward': 1 } } },
    routers: { a: {} },
    bridges: { s1: {}, s2: { stp: 'yes' } },
    links: {
      one: ['a', 'c'],
      two: { ends: ['a', { node: 'b', interface: 'a-name-too-long-for-linux' }], mtu: 12 },
      three: ['s1', 's2'],
      four: ['s1', 's2'],
    },
    familys: ['ipv4'],
  };
  expect(() => Reflect.apply(planLab, undefined, [spec])).toThrow(
    new UsageError('lab', [
      'familys: is no field of a lab, which has hosts, routers, bridges, links, families, computeRoutes. Did you mean "families"?',
      'hosts.a.forwardng: is no field of a host, which has sysctls, forwarding, routes, loopback, neighbours, netns. Did you mean "forwarding"?',
      'hosts.a.ip: is no field of a host, which has sysctls, forwarding, routes, loopback, neighbours, netns. Addresses are given at the ends of links: { node, addresses: ["10.0.0.1/24"] }',
      'hosts.b.sysctls["net.ipv4.ip_forward"]: names begin below net: "ipv4.ip_forward"',
      'routers.a: there is a node of this name already (hosts.a)',
      'bridges.s2.stp: must be true or false; received "yes"',
      'links.one[1]: must be the name of a node, which are a, b, s1, s2; received "c". Did you mean "a" or "b" or "s1"?',
      'links.two.ends[1].interface: must have at most 15 bytes, not 25; received "a-name-too-long-for-linux"',
      'links.two.mtu: must be a whole number from 68 to 65535; received 12',
      'links.four: closes a loop of bridges without STP; give one of its bridges stp: true, such as bridges.s1 or bridges.s2, or leave the link out',
    ]),
  );
});

describe.each<[of: string, cases: readonly (readonly [spec: unknown, problem: string])[]]>([
  [
    'the spec itself',
    [
      [{ hosts: ['a'] }, 'hosts: must be an object with a field for each name; received ["a"]'],
      [{ hosts: { a: undefined } }, 'hosts.a: must be an object of settings, {} for none; received undefined'],
      [
        { hosts: { '1a': {} } },
        'hosts: a name must begin with a letter and have up to 63 letters, digits, "_", "-" and "."; received "1a"',
      ],
      [
        { families: ['ipv4', 'ipv5'] },
        'families[1]: must be "ipv4" or "ipv6"; received "ipv5". Did you mean "ipv4" or "ipv6"?',
      ],
      [{ families: ['ipv4', 'ipv4'] }, 'families[1]: must be there once; received "ipv4"'],
      [{ families: 'ipv4' }, 'families: must be a list of "ipv4" and "ipv6"; received "ipv4"'],
      [{ computeRoutes: 1 }, 'computeRoutes: must be true or false; received 1'],
    ],
  ],
  [
    'links',
    [
      [
        { hosts, links: { wire: 'a' } },
        `links.wire: must be two nodes, such as ['a', 'b'], or { ends: ['a', 'b'] } and settings; received "a"`,
      ],
      [
        { hosts, links: { wire: ['a'] } },
        `links.wire: must be a list of two nodes, such as ['a', 'b']; received ["a"]`,
      ],
      [
        { hosts, links: { wire: {} } },
        `links.wire.ends: must be a list of two nodes, such as ['a', 'b']; received undefined`,
      ],
      [{ hosts, links: { wire: ['a', 'a'] } }, 'links.wire: must link two nodes; both ends are "a"'],
      [
        { hosts, links: { wire: ['a', { node: 'bb' }] } },
        'links.wire[1].node: must be the name of a node, which are a, b; received "bb". Did you mean "b" or "a"?',
      ],
      [wire({ mtu: 1500.5 }), 'links.wire.mtu: must be a whole number from 68 to 65535; received 1500.5'],
      [
        wire({ mtu: 1279, subnets: ['fd01::/64'] }),
        'links.wire.mtu: must be at least 1280, for the link has IPv6; received 1279',
      ],
      [
        wire({ upp: false }),
        'links.wire.upp: is no field of a link, which has ends, mtu, subnets, up, wire, impairable, macvlan, vxlan, vlan. Did you mean "up"?',
      ],
      [
        { hosts, bridges: { lan: {} }, links: { wire: { ends: ['a', 'lan'], subnets: ['10.0.0.0/24'] } } },
        'links.wire.subnets: a link to a bridge has the networks of the bridge; give them to bridges.lan.subnets',
      ],
    ],
  ],
  [
    'interfaces',
    [
      [
        end({ interface: 'a/b' }),
        'links.wire.ends[0].interface: must be a name without "/", ":", "%" or spaces, and neither "." nor ".."; received "a/b"',
      ],
      [
        end({ interface: '..' }),
        'links.wire.ends[0].interface: must be a name without "/", ":", "%" or spaces, and neither "." nor ".."; received ".."',
      ],
      [
        end({ interface: '' }),
        'links.wire.ends[0].interface: must be a name without "/", ":", "%" or spaces, and neither "." nor ".."; received ""',
      ],
      [
        end({ interface: 'ääääääää' }),
        'links.wire.ends[0].interface: must have at most 15 bytes, not 16; received "ääääääää"',
      ],
      [end({ interface: 'lo' }), 'links.wire.ends[0].interface: "lo" of "a" is taken by its loopback'],
      [
        { hosts, links: { x: [{ node: 'a', interface: 'wan' }, 'b'], y: ['b', { node: 'a', interface: 'wan' }] } },
        'links.y[1].interface: "wan" of "a" is taken by links.x[0].interface',
      ],
      [
        { hosts, bridges: { lan: {} }, links: { x: ['a', { node: 'lan', interface: 'br0' }] } },
        'links.x[1].interface: "br0" of "lan" is taken by the bridge itself',
      ],
      [
        end({ macAddress: '2:0:0:0:0:1' }),
        'links.wire.ends[0].macAddress: must be an Ethernet address such as "02:00:00:00:00:01"; received "2:0:0:0:0:1"',
      ],
      [
        end({ macAddress: '03:00:00:00:00:01' }),
        'links.wire.ends[0].macAddress: must be an address of one interface, with an even first byte, and not all zero; received "03:00:00:00:00:01"',
      ],
      [
        wire({
          ends: [
            { node: 'a', macAddress: '02:00:00:00:00:AA' },
            { node: 'b', macAddress: '02:00:00:00:00:aa' },
          ],
        }),
        'links.wire.ends[1].macAddress: "02:00:00:00:00:aa" is taken by links.wire.ends[0].macAddress',
      ],
    ],
  ],
  [
    'addresses',
    [
      [
        end({ addresses: ['10.0.0.1'] }),
        'links.wire.ends[0].addresses[0]: must be an address with its prefix length, such as "10.0.0.1/24"; received "10.0.0.1"',
      ],
      [
        end({ addresses: ['10.0.0.256/24'] }),
        'links.wire.ends[0].addresses[0]: must be an address with its prefix length, such as "10.0.0.1/24"; received "10.0.0.256/24"',
      ],
      [
        end({ addresses: '10.0.0.1/24' }),
        'links.wire.ends[0].addresses: must be a list of addresses such as "10.0.0.1/24"; received "10.0.0.1/24"',
      ],
      [
        end({ addresses: ['10.0.0.1/64'] }),
        'links.wire.ends[0].addresses[0]: must have a prefix length of at most 32, for it is of IPv4; received "10.0.0.1/64"',
      ],
      [
        end({ addresses: ['10.0.0.0/24'] }),
        'links.wire.ends[0].addresses[0]: must not be the network address of 10.0.0.0/24; received "10.0.0.0/24"',
      ],
      [
        end({ addresses: ['10.0.0.255/24'] }),
        'links.wire.ends[0].addresses[0]: must not be the broadcast address of 10.0.0.0/24; received "10.0.0.255/24"',
      ],
      [
        end({ addresses: ['fd00::/64'] }),
        'links.wire.ends[0].addresses[0]: must not be the network address of fd00::/64; received "fd00::/64"',
      ],
      [
        end({ addresses: ['224.0.0.1/24'] }),
        'links.wire.ends[0].addresses[0]: must be an address of one machine, not of a multicast group; received "224.0.0.1/24"',
      ],
      [
        end({ addresses: ['0.0.0.0/24'] }),
        'links.wire.ends[0].addresses[0]: must be an address of one machine, not the unspecified one; received "0.0.0.0/24"',
      ],
      [
        end({ addresses: ['127.0.0.2/8'] }),
        'links.wire.ends[0].addresses[0]: must not be of the loopback, which is a field of the node; received "127.0.0.2/8"',
      ],
      [
        end({ addresses: ['10.0.0.1/24', '10.0.0.1/24'] }),
        'links.wire.ends[0].addresses[1]: 10.0.0.1 is taken by links.wire.ends[0].addresses[0]',
      ],
      [
        {
          hosts: { a: { loopback: ['10.0.0.1/32'] }, b: {} },
          links: { wire: ['a', { node: 'b', addresses: ['10.0.0.1/24'] }] },
        },
        'hosts.a.loopback[0]: is taken by links.wire[1].addresses[0]; received "10.0.0.1/32"',
      ],
      [
        host({ loopback: ['127.0.0.1/8'] }),
        'hosts.a.loopback[0]: is on the loopback of "a" anyway; received "127.0.0.1/8"',
      ],
      [
        host({ loopback: ['127.0.0.2'] }),
        'hosts.a.loopback[0]: must be an address with its prefix length, such as "127.0.0.2/32"; received "127.0.0.2"',
      ],
      [
        end({ addresses: [{ address: '10.0.0.1/24', label: 'eth1:x' }] }),
        'links.wire.ends[0].addresses[0].address: must have a label that is "eth0", or begins with "eth0:"; received "eth1:x"',
      ],
      [
        end({ addresses: [{ address: '10.0.0.1/24', label: 'eth0:0123456789a' }] }),
        'links.wire.ends[0].addresses[0].label: must have 1 to 15 bytes and no spaces, as "lo:faas" has; received "eth0:0123456789a"',
      ],
      [
        end({ addresses: [{ address: 'fd00::1/64', label: 'eth0:x' }] }),
        'links.wire.ends[0].addresses[0].label: must not be given to fd00::1, for labels are of IPv4; received "eth0:x"',
      ],
      [
        { hosts, bridges: { lan: {} }, links: { x: ['a', { node: 'lan', addresses: ['10.0.0.1/24'] }] } },
        'links.x[1].addresses: must not be given to a port of a bridge; link a host to the bridge; received ["10.0.0.1/24"]',
      ],
    ],
  ],
  [
    'networks',
    [
      [
        wire({ subnets: ['10.0.0.7/24'] }),
        'links.wire.subnets[0]: must have no bits beyond its length; received "10.0.0.7/24". Did you mean "10.0.0.0/24"?',
      ],
      [
        wire({ subnets: ['10.0.0.0'] }),
        'links.wire.subnets[0]: must be a network such as "10.0.0.0/24", with its prefix length; received "10.0.0.0"',
      ],
      [
        wire({ subnets: ['224.0.0.0/24'] }),
        'links.wire.subnets[0]: must be a network that machines can be in, of length 8 or more; received "224.0.0.0/24"',
      ],
      [
        wire({ subnets: ['10.0.0.0/32'] }),
        'links.wire.subnets[0]: 10.0.0.0/32 is full: 1 of 2 machines get no address',
      ],
      [
        wire({ subnets: ['10.0.0.0/24'], ends: ['a', { node: 'b', addresses: ['10.0.1.1/24'] }] }),
        'links.wire.ends[1].addresses[0]: must be in 10.0.0.0/24 (links.wire.subnets[0]); received "10.0.1.1/24"',
      ],
      [
        wire({ subnets: ['10.0.0.0/24'], ends: ['a', { node: 'b', addresses: ['10.0.0.1/16'] }] }),
        'links.wire.ends[1].addresses[0]: must have the prefix length of 10.0.0.0/24 (links.wire.subnets[0]); received "10.0.0.1/16"',
      ],
      [
        {
          hosts,
          links: {
            x: { ends: ['a', 'b'], subnets: ['10.0.0.0/16'] },
            y: { ends: ['a', 'b'], subnets: ['10.0.3.0/24'] },
          },
        },
        'links.y.subnets[0]: 10.0.3.0/24 overlaps 10.0.0.0/16 of another segment (links.x.subnets[0])',
      ],
      [
        wire({
          ends: [
            { node: 'a', addresses: ['10.0.0.1/24'] },
            { node: 'b', addresses: ['10.0.0.2/16'] },
          ],
        }),
        'links.wire.ends[1].addresses[0]: 10.0.0.0/16 overlaps 10.0.0.0/24 of the same segment (links.wire.ends[0].addresses[0])',
      ],
      [
        { hosts, links: { x: { ends: ['a', 'b'], subnets: ['10.0.0.0/8'] }, y: ['a', 'b'] } },
        'links.y.subnets: must be given, for no network is left in 10.0.0.0/8',
      ],
    ],
  ],
  [
    'routes',
    [
      [
        host({ routes: [{ to: '10.9.0.0/24' }] }),
        'hosts.a.routes[0]: must have via (the address of the next router), interface, or both',
      ],
      [
        host({ routes: [{ to: '10.9.0.0/24', via: '10.8.0.1' }] }),
        'hosts.a.routes[0].via: must be in a network of "a", which are 10.0.0.0/24 (eth0); received "10.8.0.1"',
      ],
      [
        host({ routes: [{ to: 'default', via: '10.0.0.1' }] }),
        'hosts.a.routes[0].via: must not be an address of "a" itself (eth0); received "10.0.0.1"',
      ],
      [
        host({ routes: [{ to: '10.9.0.0/24', via: 'fd00::1' }] }),
        'hosts.a.routes[0].via: must be of IPv4, as the destination is; received "fd00::1"',
      ],
      [
        host({ routes: [{ to: '10.9.0.0/24', interface: 'eht0' }] }),
        'hosts.a.routes[0].interface: must be an interface of "a": lo, eth0; received "eht0". Did you mean "eth0"?',
      ],
      [
        host({ routes: [{ to: '10.9.0.1/24', interface: 'eth0' }] }),
        'hosts.a.routes[0].to: must have no bits beyond its length; received "10.9.0.1/24". Did you mean "10.9.0.0/24"?',
      ],
      [
        host({ routes: [{ to: 'defualt', interface: 'eth0' }] }),
        'hosts.a.routes[0].to: must be "default" or a network such as "10.1.0.0/24"; received "defualt"',
      ],
      [
        host({ routes: [{ to: 'default', via: '10.0.0.2/24' }] }),
        'hosts.a.routes[0].via: must be an address such as "10.0.0.1", without a prefix length; received "10.0.0.2/24"',
      ],
      [
        host({ routes: [{ to: 'default', via: 'fe80::1' }] }),
        'hosts.a.routes[0].via: must have interface beside it, for it is of one link; received "fe80::1"',
      ],
      [
        host({ routes: [{ to: '10.0.0.0/24', interface: 'eth0' }] }),
        'hosts.a.routes[0].to: is the network of links.wire[0], which needs no route; received "10.0.0.0/24"',
      ],
      [
        host({
          routes: [
            { to: 'default', via: '10.0.0.2' },
            { to: '0.0.0.0/0', interface: 'eth0' },
          ],
        }),
        'hosts.a.routes[1]: there is a route to 0.0.0.0/0 of this metric already (hosts.a.routes[0])',
      ],
      [
        host({ routes: [{ to: 'default', via: '10.0.0.2', metric: -1 }] }),
        'hosts.a.routes[0].metric: must be a whole number from 0 to 4294967295; received -1',
      ],
      [
        host({ routes: {} }),
        `hosts.a.routes: must be a list of routes such as { to: '10.1.0.0/24', via: '10.0.0.1' }; received {}`,
      ],
    ],
  ],
  [
    'neighbours and settings',
    [
      [
        host({ neighbours: [{ address: '10.1.0.1', macAddress: '02:00:00:00:00:02' }] }),
        'hosts.a.neighbours[0].address: must be in a network of "a", which are 10.0.0.0/24 (eth0); received "10.1.0.1"',
      ],
      [
        host({ neighbours: [{ address: '10.0.0.2', macAddress: '02' }] }),
        'hosts.a.neighbours[0].macAddress: must be an Ethernet address such as "02:00:00:00:00:01"; received "02"',
      ],
      [
        host({ neighbours: [{ address: '10.0.0.2', macAddress: '02:00:00:00:00:02', interface: 'eth1' }] }),
        'hosts.a.neighbours[0].interface: must be an interface of "a": lo, eth0; received "eth1". Did you mean "eth0"?',
      ],
      [
        host({ sysctls: { 'ipv4.conf.eth1.rp_filter': 1 } }),
        'hosts.a.sysctls["ipv4.conf.eth1.rp_filter"]: must be an interface of "a": lo, eth0; received "eth1". Did you mean "eth0"?',
      ],
      [
        host({ sysctls: { 'ipv4/../../kernel/panic': 1 } }),
        'hosts.a.sysctls["ipv4/../../kernel/panic"]: is no setting of a network namespace; they are such as "ipv4.ip_forward"',
      ],
      [
        host({ sysctls: { 'ipv4.ip_forward': true } }),
        'hosts.a.sysctls["ipv4.ip_forward"]: must be a string or a whole number; received true',
      ],
    ],
  ],
])('%s', (_of, cases) => {
  it.each(cases)('%j is refused', (spec, problem) => {
    expect(problemsOf(spec)).toEqual([problem]);
  });
});

it.each([undefined, null, 'lab', [], new Map(), () => ({})])('%s is no spec', (spec) => {
  expect(problemsOf(spec)).toEqual([
    expect.stringMatching(/^expected an object such as \{ hosts: \{ a: \{\} \} \}; received /),
  ]);
});

it('one mistake is not told twice: what depends on the misread part is not blamed', () => {
  const spec = {
    hosts: {
      a: {
        routes: [
          { to: 'default', via: '10.5.0.1' },
          { to: '10.7.0.0/24', interface: 'wan' },
        ],
      },
      b: {},
    },
    links: { x: [{ node: 'a', interface: 'wan', addresses: ['10.5.0.2/240'] }, 'b'] },
  };
  expect(problemsOf(spec)).toEqual([
    'links.x[0].addresses[0]: must have a prefix length of at most 32, for it is of IPv4; received "10.5.0.2/240"',
  ]);
});

it('bridges may be in a loop when one of them speaks STP', () => {
  const links = { x: ['s1', 's2'], y: ['s2', 's3'], z: ['s3', 's1'] };
  expect(problemsOf({ bridges: { s1: {}, s2: {}, s3: {} }, links })).toHaveLength(1);
  expect(problemsOf({ bridges: { s1: {}, s2: {}, s3: { stp: true } }, links })).toEqual([]);
});

it('an address may be on the loopbacks of several hosts, and link-local ones on several links', () => {
  const spec = {
    hosts: { a: { loopback: ['10.9.0.1/32', '127.0.0.2/32'] }, b: { loopback: ['10.9.0.1/32', '127.0.0.2/32'] } },
    links: {
      x: [{ node: 'a', addresses: ['fe80::1/64'] }, 'b'],
      y: [{ node: 'a', addresses: ['fe80::1/64'] }, 'b'],
    },
  };
  expect(problemsOf(spec)).toEqual([]);
});
