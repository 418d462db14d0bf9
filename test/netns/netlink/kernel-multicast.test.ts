import { describe, expect, it } from 'vitest';
import { CStruct } from '../../../src/native/c-struct.js';
import { FileDescriptor } from '../../../src/native/file-descriptor.js';
import { runInNetns } from '../../../src/native/netns.js';
import { requireResult, systemCall } from '../../../src/native/system-call.js';
import { encodeAddAddress, encodeRemoveAddress } from '../../../src/netns/netlink/address-requests.js';
import { encodeCreateBridge } from '../../../src/netns/netlink/bridge.js';
import { encodeSetBridgePort } from '../../../src/netns/netlink/bridge-port.js';
import {
  decodeBridgeMulticastStatistics,
  encodeGetBridgeStatistics,
} from '../../../src/netns/netlink/bridge-statistics.js';
import { encodeDeleteLink, encodeSetLink } from '../../../src/netns/netlink/link-requests.js';
import { decodeMdb, encodeAddMdbEntry, encodeListMdb, encodeRemoveMdbEntry } from '../../../src/netns/netlink/mdb.js';
import { decodeMessages } from '../../../src/netns/netlink/message.js';
import { decodeMulticastRoutes, encodeListMulticastRoutes } from '../../../src/netns/netlink/multicast-routes.js';
import { encodeAddNeighbour } from '../../../src/netns/netlink/neighbours.js';
import {
  decodeNetconf,
  decodeNetconfs,
  encodeGetNetconf,
  encodeListNetconf,
} from '../../../src/netns/netlink/netconf.js';
import {
  decodeNotification,
  NETLINK_GROUPS,
  type NetlinkNotification,
} from '../../../src/netns/netlink/notifications.js';
import { decodeNsid, encodeAssignNsid, encodeGetNsid } from '../../../src/netns/netlink/nsid.js';
import { encodeAddRoute } from '../../../src/netns/netlink/route-requests.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { pair, refusalOf, Sandbox, waitForForwarding } from './sandbox.js';

needsNamespaces();

const up = (index: number) => encodeSetLink({ index, isUp: true });
function prepare({ netlink }: Sandbox, after: () => unknown = () => undefined): void {
  for (const request of [
    encodeCreateBridge({ name: 'br0', index: 20, isUp: true, multicastStatistics: true }),
    pair,
    encodeSetLink({ index: 11, masterIndex: 20, isUp: true }),
    up(10),
    encodeAddAddress({ ifindex: 10, address: '192.0.2.1', prefixLength: 24 }),
  ]) {
    netlink.request(request);
    after();
  }
}

describe('the multicast database of the running kernel', () => {
  it.each([
    { group: '239.1.2.3', source: undefined, permanent: true },
    { group: '239.1.2.3', source: '192.0.2.1', permanent: true },
    { group: 'ff0e::123', source: undefined, permanent: false },
    { group: 'ff0e::123', source: '2001:db8::1', permanent: true },
  ])('takes %o in, lists it and gives it back', async ({ group, source, permanent }) => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    await waitForForwarding(sandbox, 11);
    const place = { bridgeIndex: 20, portIndex: 11, group, ...(source === undefined ? {} : { source }) };
    const list = () =>
      decodeMdb(sandbox.netlink.dump(encodeListMdb()), 20).entries.filter((entry) => entry.group === group);
    sandbox.netlink.request(encodeAddMdbEntry({ ...place, permanent }));
    const entries = list();
    expect(entries).toEqual([
      {
        bridgeIndex: 20,
        portIndex: 11,
        group,
        source,
        vlanId: undefined,
        isPermanent: permanent,
        flags: 0,
        isFastLeave: false,
        isStarExclude: false,
        isBlocked: false,
        remainingMs: expect.any(Number),
      },
    ]);
    if (permanent) expect(entries[0]?.remainingMs).toBe(0);
    else expect(entries[0]?.remainingMs).toBeGreaterThan(250_000);
    expect(refusalOf(sandbox, encodeAddMdbEntry(place))).toContain('EEXIST');
    sandbox.netlink.request(encodeRemoveMdbEntry(place));
    expect(list()).toEqual([]);
  });

  it('has the ports that get all groups', async () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    await waitForForwarding(sandbox, 11);
    sandbox.netlink.request(encodeSetBridgePort({ index: 11, multicastRouter: 'always' }));
    const { routerPorts } = decodeMdb(sandbox.netlink.dump(encodeListMdb()));
    expect(routerPorts).toEqual([{ bridgeIndex: 20, portIndex: 11 }]);
    expect(decodeMdb(sandbox.netlink.dump(encodeListMdb()), 99)).toEqual({ entries: [], routerPorts: [] });
  });

  it('refuses what is no group, and a link that is no port', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    expect(refusalOf(sandbox, encodeAddMdbEntry({ bridgeIndex: 20, portIndex: 11, group: '192.0.2.1' }))).toBe(
      'add group 192.0.2.1 on port 11 of bridge 20: EINVAL: invalid argument, netlink(RTM_NEWMDB). IPv4 entry group address is not multicast or 0.0.0.0',
    );
    expect(refusalOf(sandbox, encodeAddMdbEntry({ bridgeIndex: 20, portIndex: 10, group: '239.1.2.3' }))).toBe(
      'add group 239.1.2.3 on port 10 of bridge 20: EINVAL: invalid argument, netlink(RTM_NEWMDB). bridge: Net device is not a bridge port',
    );
  });

  it('is counted for, of the bridge and of its ports', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    for (const request of [
      encodeGetBridgeStatistics({ ifindex: 20, of: 'bridge' }),
      encodeGetBridgeStatistics({ ifindex: 11, of: 'port' }),
    ]) {
      expect(decodeBridgeMulticastStatistics(sandbox.netlink.requestOne(request))).toMatchObject({
        igmpV2Reports: { rx: expect.any(Number), tx: expect.any(Number) },
        igmpParseErrors: 0,
      });
    }
  });
});

describe('routes of multicast of the running kernel', () => {
  /** A multicast router, by setsockopt: links 10 and 20, the group 239.1.2.3 of any source from one to the other. */
  function openRouter({ netns }: Sandbox): FileDescriptor {
    const router = new FileDescriptor(
      requireResult(
        runInNetns(netns.number, () => systemCall('socket', 2, 3 | 0o2000000, 2)),
        { syscall: 'socket', action: 'open a multicast router' },
      ),
    );
    const set = (option: number, value: CStruct) =>
      requireResult(systemCall('setsockopt', router.number, 0, option, value, value.bytes.length), {
        syscall: 'setsockopt',
        action: `set option ${option}`,
      });
    set(200, new CStruct(4).s32(0, 1));
    for (const [vif, ifindex] of [10, 20].entries()) {
      set(202, new CStruct(16).u16(0, vif).u8(2, 8).u8(3, 1).s32(8, ifindex));
    }
    const route = new CStruct(60);
    route.bytes.set([192, 0, 2, 1, 239, 1, 2, 3]);
    route.bytes[11] = 5;
    set(204, route);
    return router;
  }

  it('are listed with where they lead', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    using _router = openRouter(sandbox);
    const routes = decodeMulticastRoutes(sandbox.netlink.dump(encodeListMulticastRoutes({ family: 'ipv4' })));
    expect(routes).toEqual([
      {
        family: 'ipv4',
        group: '239.1.2.3',
        source: '192.0.2.1',
        incomingIfindex: 10,
        outgoing: [{ ifindex: 20, minimalTtl: 5 }],
        table: 253,
        packets: 0,
        bytes: 0,
        wrongInterface: 0,
      },
    ]);
    const netconf = sandbox.netlink.requestOne(encodeGetNetconf({ family: 'ipv4', place: 10 }));
    expect(decodeNetconf(netconf).isMulticastForwarding).toBe(true);
  });
});

describe('the settings of links of the running kernel', () => {
  it('are told of one link, of all and of new ones', () => {
    using sandbox = new Sandbox();
    prepare(sandbox);
    const get = (place: number | 'all' | 'default') =>
      decodeNetconf(sandbox.netlink.requestOne(encodeGetNetconf({ family: 'ipv4', place })));
    expect(get(10)).toMatchObject({ family: 'ipv4', place: 10, rpFilter: 0, isProxy: false });
    expect(get('all').place).toBe('all');
    expect(get('default').place).toBe('default');
    const list = decodeNetconfs(sandbox.netlink.dump(encodeListNetconf({ family: 'ipv6' })));
    expect(list.map(({ place }) => place)).toEqual(expect.arrayContaining([1, 10, 11, 20, 'all', 'default']));
    expect(refusalOf(sandbox, encodeGetNetconf({ family: 'ipv4', place: 99 }))).toMatch(/EINVAL|ENODEV/);
  });
});

describe('numbers of namespaces in the running kernel', () => {
  it('are given, told, and not given twice', () => {
    using here = new Sandbox();
    using there = new Sandbox();
    const netnsFd = there.netns.number;
    const get = () => decodeNsid(here.netlink.requestOne(encodeGetNsid({ netnsFd })));
    expect(get()).toBeUndefined();
    here.netlink.request(encodeAssignNsid({ netnsFd, nsid: 7 }));
    expect(get()).toBe(7);
    expect(refusalOf(here, encodeAssignNsid({ netnsFd }))).toContain('EEXIST');
  });
});

describe('notifications of the running kernel', () => {
  /** What came since, without waiting. */
  function listen({ netns }: Sandbox): { readonly fd: FileDescriptor; receive(): readonly NetlinkNotification[] } {
    const result = runInNetns(netns.number, () => systemCall('socket', 16, 3 | 0o2000000, 0));
    const fd = new FileDescriptor(requireResult(result, { syscall: 'socket', action: 'open netlink' }));
    const bound = systemCall('bind', fd.number, new CStruct(12).u16(0, 16), 12);
    requireResult(bound, { syscall: 'bind', action: 'bind netlink' });
    for (const group of Object.values(NETLINK_GROUPS)) {
      const joined = systemCall('setsockopt', fd.number, 270, 1, new CStruct(4).s32(0, group), 4);
      requireResult(joined, { syscall: 'setsockopt', action: `join group ${group}` });
    }
    const buffer = new Uint8Array(65_536);
    const receive = () => {
      const notifications: NetlinkNotification[] = [];
      for (;;) {
        const length = systemCall('recvfrom', fd.number, buffer, buffer.length, 0x40, null, null);
        if (length === -11) return notifications;
        requireResult(length, { syscall: 'recvfrom', action: 'receive notifications' });
        for (const message of decodeMessages(buffer.slice(0, length))) {
          const notification = decodeNotification(message);
          if (notification !== undefined) notifications.push(notification);
        }
      }
    };
    return { fd, receive };
  }

  it('tell of all that comes and goes', async () => {
    using sandbox = new Sandbox();
    using there = new Sandbox();
    const listener = listen(sandbox);
    using _fd = listener.fd;
    const all: NetlinkNotification[] = [];
    prepare(sandbox, () => all.push(...listener.receive()));
    await waitForForwarding(sandbox, 11);
    const address = { ifindex: 10, address: '192.0.2.7', prefixLength: 24 };
    const group = { bridgeIndex: 20, portIndex: 11, group: '239.1.2.3' };
    for (const request of [
      encodeAddAddress(address),
      encodeRemoveAddress(address),
      encodeAddRoute({ destination: '198.51.100.0/24', gateway: '192.0.2.2' }),
      encodeAddNeighbour({ ifindex: 10, address: '192.0.2.9', macAddress: '02:00:00:00:00:09' }),
      encodeAddMdbEntry(group),
      encodeRemoveMdbEntry(group),
      encodeAssignNsid({ netnsFd: there.netns.number, nsid: 7 }),
      encodeDeleteLink({ index: 10 }),
    ]) {
      sandbox.netlink.request(request);
      // Little by little: what does not fit into the socket's buffer is lost.
      all.push(...listener.receive());
    }
    for (const expected of [
      { kind: 'link', isGone: false, link: expect.objectContaining({ name: 'br0', kind: 'bridge' }) },
      { kind: 'link', isGone: false, link: expect.objectContaining({ index: 10, isUp: true }) },
      {
        kind: 'bridge-port',
        isGone: false,
        link: expect.objectContaining({
          index: 11,
          bridgePort: expect.objectContaining({ state: 'forwarding', number: 1 }),
        }),
      },
      { kind: 'bridge-port', isGone: true, link: expect.objectContaining({ index: 11 }) },
      { kind: 'address', isGone: false, address: expect.objectContaining(address) },
      { kind: 'address', isGone: true, address: expect.objectContaining(address) },
      { kind: 'route', isGone: false, route: expect.objectContaining({ destination: '198.51.100.0/24' }) },
      { kind: 'neighbour', isGone: false, neighbour: expect.objectContaining({ address: '192.0.2.9' }) },
      { kind: 'forwarding-entry', isGone: false, entry: expect.objectContaining({ ifindex: 11, state: 'local' }) },
      {
        kind: 'mdb',
        isGone: false,
        mdb: { entries: [expect.objectContaining({ ...group, isPermanent: true })], routerPorts: [] },
      },
      { kind: 'mdb', isGone: true, mdb: { entries: [expect.objectContaining(group)], routerPorts: [] } },
      { kind: 'netconf', isGone: false, netconf: expect.objectContaining({ family: 'ipv4', place: 10 }) },
      { kind: 'nsid', isGone: false, nsid: 7 },
      { kind: 'link', isGone: true, link: expect.objectContaining({ name: 'v0' }) },
      { kind: 'link', isGone: true, link: expect.objectContaining({ name: 'v1' }) },
    ]) {
      const alike = all.filter(({ kind, isGone }) => kind === expected.kind && isGone === expected.isGone);
      expect(alike).toContainEqual(expected);
    }
  });
});
