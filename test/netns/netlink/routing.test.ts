import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import { decodeAddress, decodeAddresses } from '../../../src/netns/netlink/address.js';
import { encodeAddAddress, encodeRemoveAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeAddForwardingEntry } from '../../../src/netns/netlink/forwarding-entries.js';
import { networkOf } from '../../../src/netns/netlink/ip-prefix.js';
import { decodeNeighbour, encodeAddNeighbour } from '../../../src/netns/netlink/neighbours.js';
import { decodeRoute } from '../../../src/netns/netlink/route.js';
import { encodeFindRoute } from '../../../src/netns/netlink/route-lookup.js';
import { encodeAddRoute, encodeRemoveRoute } from '../../../src/netns/netlink/route-requests.js';
import { decodeRule, encodeAddRule } from '../../../src/netns/netlink/rules.js';
import { toHex } from './hex.js';
import { answer } from './messages.js';

// The bytes are those of iproute2 6.1 (strace), but for the order of attributes, the mark on nested attributes, and the
// protocol of routes, which it sets to 3.
describe('a request about addresses, routes, neighbours or rules', () => {
  it.each([
    [
      encodeAddAddress({
        ifindex: 10,
        address: '192.0.2.1',
        prefixLength: 24,
        broadcast: '192.0.2.255',
        label: 'v0:x',
      }),
      'add address 192.0.2.1/24 to interface 10',
      '02180000 0a000000 08000200 c0000201 08000100 c0000201 08000400 c00002ff 09000300 76303a78 00000000',
    ],
    [
      encodeAddAddress({ ifindex: 10, address: '2001:db8::1', prefixLength: 64, noDad: true }),
      'add address 2001:db8::1/64 to interface 10',
      '0a400000 0a000000 14000200 20010db8 00000000 00000000 00000001 14000100 20010db8 00000000 00000000 00000001 08000800 02000000',
    ],
    [
      encodeRemoveAddress({ ifindex: 10, address: '192.0.2.1', prefixLength: 24 }),
      'remove address 192.0.2.1/24 from interface 10',
      '02180000 0a000000 08000200 c0000201',
    ],
    [
      encodeAddRoute({
        destination: '198.51.100.0/24',
        gateway: '192.0.2.2',
        metric: 5,
        preferredSource: '192.0.2.1',
      }),
      'add route to 198.51.100.0/24 via 192.0.2.2',
      '02180000 fe040001 00000000 08000100 c6336400 08000600 05000000 08000500 c0000202 08000700 c0000201',
    ],
    [
      encodeAddRoute({ destination: '198.51.101.0/24', gateway: '2001:db8::2', ifindex: 10 }),
      'add route to 198.51.101.0/24 via 2001:db8::2 by interface 10',
      '02180000 fe040001 00000000 08000100 c6336500 16001200 0a002001 0db80000 00000000 00000000 00020000 08000400 0a000000',
    ],
    [
      encodeAddRoute({
        destination: '198.51.102.0/24',
        nexthops: [
          { gateway: '192.0.2.2', weight: 2 },
          { gateway: '192.0.2.3', ifindex: 10 },
        ],
      }),
      'add route to 198.51.102.0/24',
      '02180000 fe040001 00000000 08000100 c6336600 24000980 10000001 00000000 08000500 c0000202 10000000 0a000000 08000500 c0000203',
    ],
    [
      encodeAddRoute({ destination: '198.51.103.0/24', type: 'blackhole', table: 1000 }),
      'add route to 198.51.103.0/24',
      '02180000 00040006 00000000 08000100 c6336700 08000f00 e8030000',
    ],
    [
      encodeRemoveRoute({ destination: '198.51.100.0/24' }),
      'remove route to 198.51.100.0/24',
      '02180000 fe00ff00 00000000 08000100 c6336400',
    ],
    [
      encodeFindRoute({ destination: '198.51.100.7', source: '192.0.2.1' }),
      'find the route to 198.51.100.7',
      '02202000 00000000 00100000 08000100 c6336407 08000200 c0000201',
    ],
    [
      encodeAddNeighbour({ ifindex: 10, address: '192.0.2.9', macAddress: '02:00:00:00:00:09' }),
      'add neighbour 192.0.2.9 of interface 10',
      '02000000 0a000000 80000000 08000100 c0000209 0a000200 02000000 00090000',
    ],
    [
      encodeAddNeighbour({ ifindex: 10, address: '192.0.2.8', isProxy: true }),
      'add neighbour 192.0.2.8 of interface 10',
      '02000000 0a000000 80000800 08000100 c0000208',
    ],
    [
      encodeAddForwardingEntry({ ifindex: 11, macAddress: '02:00:00:00:00:09' }),
      'add forwarding entry 02:00:00:00:00:09 of interface 11',
      '07000000 0b000000 42000400 0a000200 02000000 00090000',
    ],
    [
      encodeAddRule({
        family: 'ipv4',
        from: '192.0.2.0/24',
        incomingInterface: 'v0',
        mark: 1,
        markMask: 255,
        table: 1000,
        priority: 100,
      }),
      'add a rule of ipv4 of priority 100 from 192.0.2.0/24',
      '02001800 00000001 00000000 08000200 c0000200 07000300 76300000 08000600 64000000 08000a00 01000000 08001000 ff000000 08000f00 e8030000',
    ],
  ])('is what ip(8) sends: %#', (request, action, payload) => {
    expect([request.action, toHex(request.payload)]).toEqual([action, payload]);
  });

  it.each([
    [
      () =>
        encodeAddAddress({
          ifindex: 0,
          address: '2001:db8::1',
          prefixLength: 129,
          broadcast: '192.0.2.255',
          label: 'sixteen-bytes-xx',
          peer: '192.0.2.1',
          scope: 'planet' as 'site',
        }),
      [
        'ifindex must be an integer from 1 to 2147483647; received 0',
        'prefixLength must be an integer from 0 to 128; received 129',
        'peer must be an IPv6 address such as "2001:db8::1"; received "192.0.2.1"',
        'broadcast is for IPv4; address is "2001:db8::1"',
        'label must have 1 to 15 bytes, and no NUL; received "sixteen-bytes-xx"',
        'label is for IPv4; address is "2001:db8::1"',
        "scope must be one of 'global', 'site', 'link', 'host', 'nowhere'; received \"planet\"",
      ],
    ],
    [
      () => encodeAddRoute({ destination: '192.0.2.7/24', metric: -1, preferredSource: '::1', nexthops: [] }),
      [
        'destination must have no bits beyond its length, as "192.0.2.0/24" has none; received "192.0.2.7/24"',
        'metric must be an integer from 0 to 4294967295; received -1',
        'preferredSource must be an IPv4 address such as "192.0.2.1"; received "::1"',
        'nexthops must hold at least one',
      ],
    ],
    [
      () => encodeAddRoute({ destination: '::/0', gateway: '192.0.2.1' }),
      ['gateway must be an IPv6 address such as "2001:db8::1"; received "192.0.2.1"'],
    ],
    [() => encodeAddRoute({ destination: '0.0.0.0/0' }), ['one of gateway, ifindex and nexthops must be given']],
    [
      () => encodeAddRoute({ destination: '0.0.0.0/0', type: 'blackhole', ifindex: 3 }),
      ['a route of type "blackhole" leads nowhere: it takes no gateway, ifindex or nexthops'],
    ],
    [
      () => encodeAddNeighbour({ ifindex: 1, address: 'x', macAddress: '02', state: 'gone' as 'stale' }),
      [
        'address must be an IP address such as "192.0.2.1" or "2001:db8::1"; received "x"',
        'macAddress must be one such as "02:00:00:00:00:01"; received "02"',
        "state must be one of 'none', 'incomplete', 'reachable', 'stale', 'delay', 'probe', 'failed', 'noarp', 'permanent'; received \"gone\". Did you mean \"none\"?",
      ],
    ],
    [
      () => encodeAddRule({ family: 'ipv6', from: '192.0.2.0/24', markMask: 1, incomingInterface: 'a/b' }),
      [
        'from must be a prefix such as "2001:db8::/64"; received "192.0.2.0/24"',
        'incomingInterface must have 1 to 15 bytes without "/", ":", "%" or spaces; received "a/b"',
        'markMask takes a mark beside it',
      ],
    ],
  ])('is refused with all of its mistakes: %#', (encode, problems) => {
    expect(encode).toThrow(UsageError);
    expect(encode).toThrow(expect.objectContaining({ problems }));
  });
});

const ip = fc.oneof(
  fc.ipV4(),
  fc
    .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((group) => group.toString(16)).join(':')),
);
const index = fc.integer({ min: 1, max: 0x7fffffff });
const number = fc.integer({ min: 0, max: 0xffffffff });
const prefixes = fc.tuple(ip, fc.nat({ max: 32 })).map(([address, length]) => networkOf(address, length));

describe('what was written', () => {
  it('of addresses is read again', () => {
    fc.assert(
      fc.property(index, ip, fc.nat({ max: 32 }), fc.boolean(), (ifindex, address, prefixLength, noDad) => {
        const request = encodeAddAddress({ ifindex, address, prefixLength, noDad, scope: 'site' });
        expect(decodeAddress(answer(request))).toMatchObject({ ifindex, address, prefixLength, scope: 'site' });
        expect(decodeAddresses([answer(request)])).toHaveLength(1);
      }),
    );
  });

  it('of routes is read again', () => {
    fc.assert(
      fc.property(
        prefixes,
        index,
        number,
        fc.integer({ min: 1, max: 0xffffffff }),
        (destination, ifindex, metric, table) => {
          const route = { destination, ifindex, metric, table };
          expect(decodeRoute(answer(encodeAddRoute(route)))).toMatchObject({ ...route, type: 'unicast', protocol: 4 });
        },
      ),
    );
  });

  it('of nexthops is read again', () => {
    const nexthop = fc.record({ gateway: ip, ifindex: index, weight: fc.integer({ min: 1, max: 256 }) });
    fc.assert(
      fc.property(fc.array(nexthop, { minLength: 1, maxLength: 8 }), (nexthops) => {
        const { nexthops: read } = decodeRoute(answer(encodeAddRoute({ destination: '192.0.2.0/24', nexthops })));
        expect(read).toMatchObject(nexthops);
      }),
    );
  });

  it('of neighbours and rules is read again', () => {
    fc.assert(
      fc.property(index, ip, prefixes, number, (ifindex, address, from, mark) => {
        const neighbour = { ifindex, address, macAddress: '02:00:00:00:00:0a', state: 'stale' } as const;
        expect(decodeNeighbour(answer(encodeAddNeighbour(neighbour)))).toMatchObject(neighbour);
        const rule = { family: from.includes(':') ? 'ipv6' : 'ipv4', from, mark, table: 7, priority: mark } as const;
        expect(decodeRule(answer(encodeAddRule(rule)))).toMatchObject(rule);
      }),
    );
  });
});
