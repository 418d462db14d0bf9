import { describe, expect, it } from 'vitest';
import { until } from '../../../src/core/until.js';
import { encodeAddAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { decodeRoute, decodeRoutes, type RouteState } from '../../../src/netns/netlink/route.js';
import { encodeFindRoute, type FindRouteOptions } from '../../../src/netns/netlink/route-lookup.js';
import {
  type AddRouteOptions,
  encodeAddRoute,
  encodeListRoutes,
  encodeRemoveRoute,
  type ListRoutesOptions,
} from '../../../src/netns/netlink/route-requests.js';
import { decodeRules, encodeAddRule, encodeListRules, encodeRemoveRule } from '../../../src/netns/netlink/rules.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { pair, refusalOf, Sandbox } from './sandbox.js';

needsNamespaces();

const prepare = ({ netlink }: Sandbox) =>
  netlink.requestAll([
    pair,
    encodeSetLink({ index: 10, isUp: true }),
    encodeSetLink({ index: 11, isUp: true }),
    encodeAddAddress({ ifindex: 10, address: '192.0.2.1', prefixLength: 24 }),
    encodeAddAddress({ ifindex: 10, address: '2001:db8::1', prefixLength: 64, noDad: true }),
  ]);
const add = ({ netlink }: Sandbox, options: AddRouteOptions) => netlink.request(encodeAddRoute(options));
const list = ({ netlink }: Sandbox, options: ListRoutesOptions = {}): readonly RouteState[] =>
  decodeRoutes(netlink.dump(encodeListRoutes(options)));
const find = ({ netlink }: Sandbox, options: FindRouteOptions): RouteState =>
  decodeRoute(netlink.requestOne(encodeFindRoute(options)));
const only = (sandbox: Sandbox, destination: string) =>
  list(sandbox).filter((route) => route.destination === destination);

describe('routes of the running kernel', () => {
  it('of IPv4 have what they were given', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, {
      destination: '198.51.100.0/24',
      gateway: '192.0.2.2',
      metric: 5,
      preferredSource: '192.0.2.1',
      mtuBytes: 1300,
      table: 1000,
    });
    expect(only(sandbox, '198.51.100.0/24')).toEqual([
      {
        family: 'ipv4',
        destination: '198.51.100.0/24',
        type: 'unicast',
        table: 1000,
        scope: 'global',
        protocol: 4,
        gateway: '192.0.2.2',
        ifindex: 10,
        preferredSource: '192.0.2.1',
        metric: 5,
        mtuBytes: 1300,
        nexthops: [{ gateway: '192.0.2.2', ifindex: 10, weight: 1, flags: 0, isDead: false }],
        flags: 0,
        isCloned: false,
        incomingIfindex: undefined,
      },
    ]);
  });

  it.each([
    [
      { destination: '0.0.0.0/0', gateway: '192.0.2.2' },
      { gateway: '192.0.2.2', ifindex: 10, scope: 'global' },
    ],
    [
      { destination: '::/0', gateway: '2001:db8::2' },
      { gateway: '2001:db8::2', ifindex: 10, metric: 1024 },
    ],
    [{ destination: '198.51.100.0/24', gateway: '2001:db8::2', ifindex: 10 }, { gateway: '2001:db8::2' }],
    [
      { destination: '224.0.0.0/4', ifindex: 10, type: 'multicast' },
      { type: 'multicast', scope: 'link' },
    ],
    [
      { destination: '198.51.100.1/32', ifindex: 10 },
      { gateway: undefined, ifindex: 10, scope: 'link' },
    ],
    [{ destination: '203.0.113.0/24', gateway: '203.0.113.1', ifindex: 10, isOnLink: true }, { flags: 4 }],
    [
      { destination: '198.51.100.7/32', ifindex: 10, type: 'local' },
      { type: 'local', table: 255, scope: 'host' },
    ],
    [
      { destination: '198.51.100.0/24', type: 'blackhole' },
      { type: 'blackhole', nexthops: [], ifindex: undefined },
    ],
    [{ destination: '198.51.100.0/24', type: 'unreachable' }, { type: 'unreachable' }],
    [{ destination: '2001:db8:1::/48', type: 'prohibit' }, { type: 'prohibit' }],
  ] as const)('are added, listed and removed: %o', (given, expected) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, given);
    expect(only(sandbox, given.destination)).toMatchObject([expected]);
    sandbox.netlink.request(encodeRemoveRoute(given));
    expect(only(sandbox, given.destination)).toEqual([]);
  });

  it.each([
    ['198.51.100.0/24', '192.0.2.2', '192.0.2.3'],
    ['2001:db8:1::/48', '2001:db8::2', '2001:db8::3'],
    ['198.51.100.0/24', '192.0.2.2', '2001:db8::3'],
  ])('to %s lead by %s and %s at once', (destination, one, two) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const nexthops = [
      { gateway: one, weight: 2, ifindex: 10 },
      { gateway: two, ifindex: 10 },
    ];
    add(sandbox, { destination, nexthops });
    expect(only(sandbox, destination)).toMatchObject([
      { gateway: one, ifindex: 10, nexthops: [nexthops[0], { ...nexthops[1], weight: 1, isDead: false }] },
    ]);
  });

  it('are replaced where the addition is not exclusive', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.2' });
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.3', exclusive: false });
    expect(only(sandbox, '198.51.100.0/24')).toMatchObject([{ gateway: '192.0.2.3' }]);
  });

  it('are listed of one family, one table and one link', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.2', table: 1000 });
    add(sandbox, { destination: '198.51.101.0/24', ifindex: 11 });
    const destinations = (options: ListRoutesOptions) => list(sandbox, options).map((route) => route.destination);
    expect(destinations({ family: 'ipv4', table: 1000 })).toEqual(['198.51.100.0/24']);
    expect(destinations({ family: 'ipv4', table: 254, ifindex: 11 })).toEqual(['198.51.101.0/24']);
    expect(destinations({ family: 'ipv6', table: 254 })).toContain('2001:db8::/64');
  });

  it('lose their nexthop with the carrier', async () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.2' });
    sandbox.netlink.request(encodeSetLink({ index: 11, isUp: false }));
    // The kernel tells its routes of a carrier a moment later.
    await until(() => only(sandbox, '198.51.100.0/24')[0]?.nexthops[0]?.isDead);
  });

  it.each([
    [
      { destination: '192.0.2.0/24', ifindex: 99 },
      'add route to 192.0.2.0/24 by interface 99: ENODEV: no such device, netlink(RTM_NEWROUTE)',
    ],
    [
      { destination: '198.51.100.0/24', gateway: '198.51.101.1' },
      'add route to 198.51.100.0/24 via 198.51.101.1: ENETUNREACH: network is unreachable, netlink(RTM_NEWROUTE). Nexthop has invalid gateway',
    ],
    [
      { destination: '198.51.100.0/24', gateway: '192.0.2.2', preferredSource: '192.0.2.77' },
      'add route to 198.51.100.0/24 via 192.0.2.2: EINVAL: invalid argument, netlink(RTM_NEWROUTE). Invalid prefsrc address',
    ],
    [
      { destination: '198.51.100.0/24', ifindex: 1 },
      'add route to 198.51.100.0/24 by interface 1: ENETDOWN: network is down, netlink(RTM_NEWROUTE). Device for nexthop is not up',
    ],
    [
      { destination: '203.0.113.0/24', ifindex: 10 },
      'add route to 203.0.113.0/24 by interface 10: EEXIST: file exists, netlink(RTM_NEWROUTE)',
    ],
    [
      { destination: '2001:db8:1::/48', gateway: '2001:db8:2::1' },
      'add route to 2001:db8:1::/48 via 2001:db8:2::1: EHOSTUNREACH: no route to host, netlink(RTM_NEWROUTE)',
    ],
  ])('are refused in the words of the kernel: %o', (options, message) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '203.0.113.0/24', ifindex: 10 });
    expect(refusalOf(sandbox, encodeAddRoute(options))).toBe(message);
  });

  it('that are not there are ESRCH', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    expect(refusalOf(sandbox, encodeRemoveRoute({ destination: '203.0.113.0/24' }))).toBe(
      'remove route to 203.0.113.0/24: ESRCH: no such process, netlink(RTM_DELROUTE)',
    );
  });
});

describe('the way of a packet in the running kernel', () => {
  it('is that of the longest prefix', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.2', table: 254 });
    const found = find(sandbox, { destination: '198.51.100.7' });
    expect(found).toMatchObject({
      destination: '198.51.100.7/32',
      gateway: '192.0.2.2',
      ifindex: 10,
      preferredSource: '192.0.2.1',
      table: 254,
      isCloned: true,
    });
    expect(find(sandbox, { destination: '198.51.100.7', entry: true })).toMatchObject({
      destination: '198.51.100.0/24',
      isCloned: false,
    });
    expect(find(sandbox, { destination: '192.0.2.1' })).toMatchObject({ type: 'local', ifindex: 1 });
    expect(find(sandbox, { destination: '2001:db8::7' })).toMatchObject({ ifindex: 10, gateway: undefined });
  });

  it.each([
    ['198.51.100.1', 'ENETUNREACH'],
    ['198.51.101.1', 'EHOSTUNREACH'],
    ['198.51.102.1', 'EACCES'],
    ['198.51.103.1', 'EINVAL'],
    ['2001:db8:1::1', 'ENETUNREACH'],
    ['2001:db8:2::1', 'EHOSTUNREACH'],
  ])('to %s is refused with %s', (destination, code) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '198.51.101.0/24', type: 'unreachable' });
    add(sandbox, { destination: '198.51.102.0/24', type: 'prohibit' });
    add(sandbox, { destination: '198.51.103.0/24', type: 'blackhole' });
    add(sandbox, { destination: '2001:db8:2::/48', type: 'unreachable' });
    expect(sandbox.netlink.attemptAll([encodeFindRoute({ destination })]).get(0)?.code).toBe(code);
  });

  it('goes by rules: of the source, of the link it came in by, of its mark', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.2' });
    add(sandbox, { destination: '198.51.100.0/24', gateway: '192.0.2.9', table: 1000 });
    sandbox.netlink.request(encodeAddRule({ family: 'ipv4', mark: 7, table: 1000, priority: 100 }));
    const gatewayOf = (mark: number) => find(sandbox, { destination: '198.51.100.7', mark }).gateway;
    expect([gatewayOf(1), gatewayOf(7)]).toEqual(['192.0.2.2', '192.0.2.9']);
  });
});

describe('rules of the running kernel', () => {
  it('are three at first, of IPv4', () => {
    using sandbox = new Sandbox();
    const rules = decodeRules(sandbox.netlink.dump(encodeListRules({ family: 'ipv4' })));
    expect(rules).toMatchObject([
      { priority: 0, table: 255, action: 'table', from: undefined, family: 'ipv4' },
      { priority: 32_766, table: 254 },
      { priority: 32_767, table: 253 },
    ]);
  });

  it.each([
    {
      family: 'ipv4',
      priority: 100,
      from: '192.0.2.0/24',
      to: '198.51.100.0/25',
      incomingInterface: 'v0',
      outgoingInterface: 'v1',
      mark: 1,
      markMask: 255,
      table: 1000,
      action: 'table',
    },
    { family: 'ipv6', priority: 100, from: '2001:db8::/32', to: undefined, table: 99, action: 'table' },
    { family: 'ipv4', priority: 100, to: '198.51.100.0/24', action: 'prohibit' },
  ] as const)('are added, listed and removed: %o', ({ to, ...given }) => {
    using sandbox = new Sandbox();
    const rule = { ...given, ...(to === undefined ? {} : { to }) };
    const listed = () =>
      decodeRules(sandbox.netlink.dump(encodeListRules())).filter(({ priority }) => priority === 100);
    sandbox.netlink.request(encodeAddRule(rule));
    expect(listed()).toMatchObject([{ ...rule, to }]);
    expect(refusalOf(sandbox, encodeAddRule(rule))).toContain('EEXIST');
    sandbox.netlink.request(encodeRemoveRule(rule));
    expect(listed()).toEqual([]);
    expect(refusalOf(sandbox, encodeRemoveRule(rule))).toContain('ENOENT');
  });
});
