import { describe, expect, it } from 'vitest';
import { encodeAddAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeAddAltName, encodeRemoveAltName } from '../../../src/netns/netlink/alt-names.js';
import { encodeCreateBridge, encodeSetBridge } from '../../../src/netns/netlink/bridge.js';
import { encodeSetBridgePort } from '../../../src/netns/netlink/bridge-port.js';
import {
  decodeForwardingEntries,
  encodeAddForwardingEntry,
  encodeListForwardingEntries,
  encodeRemoveForwardingEntry,
  type ListForwardingEntriesOptions,
} from '../../../src/netns/netlink/forwarding-entries.js';
import { decodeLink, decodeLinks } from '../../../src/netns/netlink/link.js';
import { encodeListLinks, encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import type { NetlinkRequest } from '../../../src/netns/netlink/message.js';
import {
  decodeNeighbours,
  encodeAddNeighbour,
  encodeListNeighbours,
  encodeRemoveNeighbour,
} from '../../../src/netns/netlink/neighbours.js';
import {
  encodeCreateDummy,
  encodeCreateIfb,
  encodeCreateMacvlan,
  encodeCreateVlan,
  encodeCreateVrf,
} from '../../../src/netns/netlink/stacked-links.js';
import { encodeCreateVxlan } from '../../../src/netns/netlink/vxlan.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { getLink, pair, refusalOf, Sandbox, waitForForwarding } from './sandbox.js';

needsNamespaces();

const up = (index: number) => encodeSetLink({ index, isUp: true });
const bridge = encodeCreateBridge({ name: 'br0', index: 20, isUp: true, stp: false, multicastSnooping: true });
async function prepareBridge(sandbox: Sandbox): Promise<void> {
  sandbox.netlink.requestAll([bridge, pair, encodeSetLink({ index: 11, masterIndex: 20, isUp: true }), up(10)]);
  await waitForForwarding(sandbox, 11);
}

/** Creates a link; a kernel that was built without its kind says so, and then there is no more to ask of it. */
function create({ netlink }: Sandbox, request: NetlinkRequest): boolean {
  const error = netlink.attemptAll([request]).get(0);
  if (error === undefined) return true;
  expect(error).toMatchObject({ code: 'EOPNOTSUPP', message: expect.stringContaining('Unknown device type') });
  return false;
}

describe('bridges of the running kernel', () => {
  const settings = {
    stp: false,
    forwardDelayMs: 0,
    helloTimeMs: 3000,
    maxAgeMs: 21_000,
    ageingTimeMs: 60_000,
    priority: 4096,
    groupForwardMask: 8,
    multicastSnooping: true,
    multicastQuerier: true,
    multicastQueryUseInterfaceAddress: false,
    multicastRouter: 2,
    multicastStatistics: true,
    igmpVersion: 3,
    mldVersion: 2,
    multicastStartupQueryCount: 3,
    multicastLastMemberCount: 4,
    multicastLastMemberIntervalMs: 500,
    multicastMembershipIntervalMs: 30_000,
    multicastQuerierIntervalMs: 20_000,
    multicastQueryIntervalMs: 10_000,
    multicastQueryResponseIntervalMs: 1000,
    multicastStartupQueryIntervalMs: 2500,
  } as const;

  it('are created up, with all that was given', () => {
    using sandbox = new Sandbox();
    const request = encodeCreateBridge({
      name: 'br0',
      index: 20,
      isUp: true,
      macAddress: '02:00:00:00:00:20',
      ...settings,
    });
    // Kernels before 6.2 answer with no echo.
    for (const echo of sandbox.netlink.request(request))
      expect(decodeLink(echo)).toMatchObject({ index: 20, kind: 'bridge', isUp: true });
    expect(getLink(sandbox, { name: 'br0' }).bridge).toMatchObject({
      ...settings,
      bridgeId: '1000.02:00:00:00:00:20',
      rootId: '1000.02:00:00:00:00:20',
      rootPort: 0,
    });
  });

  it('are created as the kernel likes it, and changed', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([
      encodeCreateBridge({ name: 'br0', index: 20 }),
      encodeSetBridge({ index: 20, multicastSnooping: false }),
    ]);
    expect(getLink(sandbox, { index: 20 }).bridge).toMatchObject({
      stp: false,
      forwardDelayMs: 15_000,
      ageingTimeMs: 300_000,
      multicastSnooping: false,
      multicastQuerier: false,
      multicastMembershipIntervalMs: 260_000,
    });
    sandbox.netlink.request(encodeSetBridge({ index: 20, ...settings }));
    expect(getLink(sandbox, { index: 20 }).bridge).toMatchObject(settings);
    sandbox.netlink.request(encodeSetBridge({ index: 20, stp: true }));
    expect(refusalOf(sandbox, encodeSetBridge({ index: 20, forwardDelayMs: 100 }))).toBe(
      'change bridge 20: ERANGE: numerical result out of range, netlink(RTM_NEWLINK)',
    );
  });

  it('have ports that forward, and are changed', async () => {
    using sandbox = new Sandbox();
    await prepareBridge(sandbox);
    expect(getLink(sandbox, { index: 11 })).toMatchObject({
      masterIndex: 20,
      bridgePort: {
        number: 1,
        state: 'forwarding',
        learning: true,
        unicastFlood: true,
        isolated: false,
        multicastRouter: 'learned',
      },
    });
    const port = {
      learning: false,
      unicastFlood: false,
      multicastFlood: false,
      broadcastFlood: false,
      isolated: true,
      hairpin: true,
      guard: true,
      rootBlock: true,
      fastLeave: true,
      multicastRouter: 'always',
      multicastToUnicast: true,
      proxyArp: true,
      neighbourSuppress: true,
      priority: 7,
      pathCost: 99,
      state: 'listening',
    } as const;
    sandbox.netlink.request(encodeSetBridgePort({ index: 11, ...port }));
    expect(getLink(sandbox, { index: 11 }).bridgePort).toEqual({ number: 1, ...port });
    sandbox.netlink.request(encodeSetBridgePort({ index: 11, state: 'blocking' }));
    expect(getLink(sandbox, { index: 11 }).bridgePort?.state).toBe('forwarding');
    expect(getLink(sandbox, { index: 10 }).bridgePort).toBeUndefined();
    expect(refusalOf(sandbox, encodeSetBridgePort({ index: 10, isolated: true }))).toMatch(/EINVAL|EOPNOTSUPP/);
  });

  it('list their ports alone', async () => {
    using sandbox = new Sandbox();
    await prepareBridge(sandbox);
    const ports = decodeLinks(sandbox.netlink.dump(encodeListLinks({ masterIndex: 20 })));
    expect(ports.map(({ name }) => name)).toEqual(['v1']);
  });

  it('forward by entries that are added, listed, replaced and removed', async () => {
    using sandbox = new Sandbox();
    await prepareBridge(sandbox);
    const place = { ifindex: 11, macAddress: '02:00:00:00:00:99' };
    const list = (options: ListForwardingEntriesOptions) =>
      decodeForwardingEntries(sandbox.netlink.dump(encodeListForwardingEntries(options)));
    // Kernels with VLANs of bridges list an entry again for the VLAN of untagged frames.
    const only = () =>
      list({ masterIndex: 20 }).filter(
        ({ macAddress, vlanId }) => macAddress === place.macAddress && vlanId === undefined,
      );
    sandbox.netlink.request(encodeAddForwardingEntry(place));
    expect(only()).toEqual([
      { ...place, state: 'static', owner: 'master', masterIndex: 20, vlanId: undefined, destination: undefined },
    ]);
    expect(refusalOf(sandbox, encodeAddForwardingEntry(place))).toBe(
      'add forwarding entry 02:00:00:00:00:99 of interface 11: EEXIST: file exists, netlink(RTM_NEWNEIGH)',
    );
    sandbox.netlink.request(encodeAddForwardingEntry({ ...place, state: 'dynamic', mode: 'replace' }));
    expect(only()).toMatchObject([{ state: 'dynamic' }]);
    sandbox.netlink.request(encodeRemoveForwardingEntry(place));
    expect(only()).toEqual([]);
    expect(refusalOf(sandbox, encodeRemoveForwardingEntry(place))).toContain('ENOENT');
    expect(list({ ifindex: 11 })).toContainEqual(expect.objectContaining({ ifindex: 11, state: 'local' }));
  });
});

describe('further kinds of links of the running kernel', () => {
  it.each(['private', 'vepa', 'bridge', 'passthru', 'source'] as const)('are macvlans of mode %s', (mode) => {
    using sandbox = new Sandbox();
    using there = new Sandbox();
    const netnsFd = there.netns.number;
    sandbox.netlink.requestAll([pair, encodeCreateMacvlan({ name: 'mac0', index: 30, lowerIndex: 10, mode, netnsFd })]);
    expect(getLink(there, { name: 'mac0' })).toMatchObject({
      index: 30,
      kind: 'macvlan',
      macvlanMode: mode,
      linkedIndex: 10,
    });
  });

  it('are vxlans, of IPv4 and of IPv6, which send by entries of their own', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([
      pair,
      encodeCreateVxlan({ name: 'vx4', index: 30, id: 77, remote: '192.0.2.2', local: '192.0.2.1', lowerIndex: 10 }),
      encodeCreateVxlan({ name: 'vx6', index: 31, id: 78, remote: '2001:db8::2', learning: false, port: 4790, ttl: 9 }),
      encodeAddForwardingEntry({
        ifindex: 30,
        macAddress: '00:00:00:00:00:00',
        owner: 'self',
        destination: '192.0.2.3',
        mode: 'append',
      }),
    ]);
    expect(getLink(sandbox, { index: 30 }).vxlan).toEqual({
      id: 77,
      remote: '192.0.2.2',
      local: '192.0.2.1',
      lowerIndex: 10,
      port: 4789,
      learning: true,
      ttl: 0,
    });
    expect(getLink(sandbox, { index: 31 }).vxlan).toMatchObject({
      id: 78,
      remote: '2001:db8::2',
      local: undefined,
      port: 4790,
      learning: false,
      ttl: 9,
    });
    const entries = decodeForwardingEntries(sandbox.netlink.dump(encodeListForwardingEntries({ ifindex: 30 })));
    expect(entries.map(({ owner, destination }) => [owner, destination])).toEqual(
      expect.arrayContaining([
        ['self', '192.0.2.2'],
        ['self', '192.0.2.3'],
      ]),
    );
  });

  it('are ifbs', () => {
    using sandbox = new Sandbox();
    if (create(sandbox, encodeCreateIfb({ name: 'ifb0', index: 30, isUp: true }))) {
      expect(getLink(sandbox, { index: 30 })).toMatchObject({ kind: 'ifb', isUp: true });
    }
  });

  it('are dummies, vlans and vrfs where the kernel has them', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.request(pair);
    if (create(sandbox, encodeCreateDummy({ name: 'd0', index: 30, isUp: true }))) {
      expect(getLink(sandbox, { index: 30 })).toMatchObject({ kind: 'dummy', isUp: true });
    }
    if (create(sandbox, encodeCreateVlan({ name: 'v0.7', index: 31, lowerIndex: 10, vlanId: 7 }))) {
      expect(getLink(sandbox, { index: 31 }).vlan).toEqual({ vlanId: 7, protocol: '802.1q' });
    }
    if (create(sandbox, encodeCreateVrf({ name: 'red', index: 32, table: 1000 }))) {
      expect(getLink(sandbox, { index: 32 }).vrfTable).toBe(1000);
    }
  });
});

describe('more of the links of the running kernel', () => {
  it('have further names, a queue length, a group and counters', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([
      pair,
      encodeSetLink({
        index: 10,
        txQueueLength: 77,
        group: 9,
        isPromiscuous: true,
        isAllMulticast: true,
        hasArp: false,
      }),
      encodeAddAltName({ index: 10, altName: 'a-name-of-more-than-fifteen-bytes' }),
      encodeAddAltName({ index: 10, altName: 'two' }),
      up(10),
      up(11),
    ]);
    expect(getLink(sandbox, { name: 'v0' })).toMatchObject({
      altNames: ['a-name-of-more-than-fifteen-bytes', 'two'],
      txQueueLength: 77,
      group: 9,
      promiscuity: 1,
      allMulticast: 1,
      carrierChanges: expect.any(Number),
      qdisc: 'noqueue',
    });
    sandbox.netlink.request(encodeRemoveAltName({ index: 10, altName: 'two' }));
    expect(getLink(sandbox, { index: 10 }).altNames).toHaveLength(1);
    const { statistics } = getLink(sandbox, { index: 11 });
    expect(statistics).toMatchObject({ rxErrors: 0, txDropped: 0, rxPackets: expect.any(Number) });
  });

  it('make no link-local address of IPv6 when told so', () => {
    using sandbox = new Sandbox();
    sandbox.netlink.requestAll([pair, encodeSetLink({ index: 10, ipv6AddressGeneration: 'none' }), up(10), up(11)]);
    const neighbours = decodeNeighbours(sandbox.netlink.dump(encodeListNeighbours({ ifindex: 10 })));
    expect(neighbours.filter(({ state }) => state !== 'noarp')).toEqual([]);
  });
});

describe('neighbours of the running kernel', () => {
  const prepare = ({ netlink }: Sandbox) =>
    netlink.requestAll([
      pair,
      up(10),
      up(11),
      encodeAddAddress({ ifindex: 10, address: '192.0.2.1', prefixLength: 24 }),
    ]);

  it.each([
    { address: '192.0.2.9', state: 'permanent' },
    { address: '192.0.2.9', state: 'reachable' },
    { address: '2001:db8::9', state: 'stale', isRouter: true },
  ] as const)('are added, listed, replaced and removed: %o', (given) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const neighbour = { ifindex: 10, macAddress: '02:00:00:00:00:09', ...given };
    const list = () =>
      decodeNeighbours(sandbox.netlink.dump(encodeListNeighbours({ ifindex: 10 }))).filter(
        ({ address }) => address === given.address,
      );
    sandbox.netlink.request(encodeAddNeighbour(neighbour));
    expect(list()).toMatchObject([{ ...neighbour, isProxy: false }]);
    expect(refusalOf(sandbox, encodeAddNeighbour(neighbour))).toContain('EEXIST');
    sandbox.netlink.request(encodeAddNeighbour({ ...neighbour, macAddress: '02:00:00:00:00:0a', exclusive: false }));
    expect(list()).toMatchObject([{ macAddress: '02:00:00:00:00:0a' }]);
    sandbox.netlink.request(encodeRemoveNeighbour(neighbour));
    expect(list().filter(({ state }) => state !== 'failed')).toEqual([]);
  });

  it('that are answered for are a list of their own', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const place = { ifindex: 10, address: '192.0.2.8', isProxy: true };
    sandbox.netlink.request(encodeAddNeighbour(place));
    const list = () => decodeNeighbours(sandbox.netlink.dump(encodeListNeighbours({ isProxy: true })));
    expect(list()).toMatchObject([{ ...place, macAddress: undefined }]);
    sandbox.netlink.request(encodeRemoveNeighbour(place));
    expect(list()).toEqual([]);
  });
});
