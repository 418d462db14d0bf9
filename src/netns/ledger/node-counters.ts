import { UnsupportedError } from '../../core/errors.js';
import { NetlinkSocket } from '../../native/netlink-socket.js';
import { type BridgeMemberships, readBridgeMemberships } from '../multicast/bridge-memberships.js';
import { type FirewallCounter, readFirewallCounters } from '../netfilter/read-firewall-counters.js';
import type { BridgePortStatus } from '../netlink/bridge-port.js';
import { NetlinkConversation } from '../netlink/conversation.js';
import { decodeLinks } from '../netlink/link.js';
import { encodeListLinks } from '../netlink/link-requests.js';
import type { LinkStatistics } from '../netlink/link-statistics.js';
import type { QdiscStatistics } from '../netlink/qdisc-statistics.js';
import { decodeQdiscs, encodeListQdiscs } from '../netlink/qdiscs.js';
import { decodeSockets, encodeListSockets, NETLINK_SOCK_DIAG, type SocketState } from '../netlink/sock-diag.js';
import type { Netns } from '../netns.js';
import type { CounterGroups } from '../proc/counters.js';
import { type Membership, parseIgmp } from '../proc/memberships.js';
import type { MulticastRoute } from '../proc/multicast-routes.js';
import type { ViewedNode } from './lab-view.js';

/** An interface of a node: how it is, and what it counted since it was created. */
export interface InterfaceCounters {
  readonly name: string;
  readonly ifindex: number;
  readonly isUp: boolean;
  readonly hasCarrier: boolean;
  readonly mtuBytes: number | undefined;
  readonly macAddress: string | undefined;
  /** Of a port of a bridge. */
  readonly portStatus: BridgePortStatus | undefined;
  /** The XDP program on it. */
  readonly xdpProgramId: number | undefined;
  readonly statistics: LinkStatistics | undefined;
  readonly qdiscs: readonly { readonly kind: string; readonly handle: number; readonly statistics: QdiscStatistics }[];
}

/** A socket of UDP or TCP. */
export interface SocketCounters extends Omit<SocketState, 'memory' | 'cookie'> {
  readonly protocol: 'udp' | 'tcp';
  /** Packets that it threw away: its buffer was full, or a checksum was wrong. */
  readonly drops: number;
  /** What its buffer may hold, in the kernel's reckoning; 0 where it does not say. */
  readonly receiveBufferBytes: number;
}

/** Everything that a node counted, at one moment. */
export interface NodeCounters {
  readonly node: string;
  readonly interfaces: readonly InterfaceCounters[];
  /** /proc/net/snmp, netstat, and snmp6 as the group `Ip6`: `protocols.Ip.InNoRoutes`. */
  readonly protocols: CounterGroups;
  readonly sockets: readonly SocketCounters[];
  /** The groups that its interfaces have joined. */
  readonly memberships: readonly Membership[];
  /** Of a bridge. */
  readonly bridge: BridgeMemberships | undefined;
  readonly multicastRoutes: readonly MulticastRoute[];
  /** Rules of nftables that count. */
  readonly firewall: readonly FirewallCounter[];
}

/** Reads them. @param usesIpv6 whether anything of IPv6 is worth reading */
export function readNodeCounters({ plan, netns }: ViewedNode, usesIpv6: boolean): NodeCounters {
  const isBridge = plan.kind === 'bridge';
  const { proc } = netns;
  const protocols: CounterGroups = isBridge
    ? {}
    : { ...proc.snmp(), ...proc.netstat(), ...(usesIpv6 ? { Ip6: proc.snmp6() } : {}) };
  return {
    node: plan.name,
    interfaces: readInterfaces(netns),
    protocols,
    sockets: isBridge ? [] : readSockets(netns, usesIpv6, protocols['Tcp']),
    memberships: isBridge ? [] : usesIpv6 ? proc.memberships() : parseIgmp(proc.read('igmp')),
    bridge: plan.bridge === undefined ? undefined : readBridgeMemberships(netns, plan.bridge, plan.interfaces),
    multicastRoutes: isBridge || !plan.forwarding ? [] : proc.multicastRoutes(),
    firewall: readFirewall(netns),
  };
}

function readFirewall(netns: Netns): readonly FirewallCounter[] {
  try {
    return readFirewallCounters(netns);
  } catch (error) {
    // A kernel without nf_tables has no such rules.
    if (error instanceof UnsupportedError) return [];
    throw error;
  }
}

function readInterfaces(netns: Netns): readonly InterfaceCounters[] {
  const qdiscs = decodeQdiscs(netns.netlink.dump(encodeListQdiscs()));
  return decodeLinks(netns.netlink.dump(encodeListLinks())).map((link) => ({
    name: link.name,
    ifindex: link.index,
    isUp: link.isUp,
    hasCarrier: link.hasCarrier,
    mtuBytes: link.mtuBytes,
    macAddress: link.macAddress,
    portStatus: link.bridgePort?.state,
    xdpProgramId: link.xdp.programId,
    statistics: link.statistics,
    qdiscs: qdiscs
      .filter(({ ifindex }) => ifindex === link.index)
      .flatMap(({ kind, handle, statistics }) => (statistics === undefined ? [] : [{ kind, handle, statistics }])),
  }));
}

function readSockets(netns: Netns, usesIpv6: boolean, tcp: CounterGroups[string] = {}): readonly SocketCounters[] {
  using socket = netns.run(() => new NetlinkSocket(NETLINK_SOCK_DIAG));
  const conversation = new NetlinkConversation(socket);
  // A socket of IPv6 takes in IPv4 too, whether the lab uses IPv6 or not.
  const wanted = [
    { protocol: 'udp', family: 'ipv4' },
    { protocol: 'udp', family: 'ipv6' },
    { protocol: 'tcp', family: 'ipv4' },
    ...(usesIpv6 ? [{ protocol: 'tcp', family: 'ipv6' } as const] : []),
  ] as const;
  // To list connections, the kernel goes through the table of the whole machine (net/ipv4/inet_hashtables.c).
  const hasConnections = (tcp['ActiveOpens'] ?? 0) + (tcp['PassiveOpens'] ?? 0) > 0;
  return wanted.flatMap(({ protocol, family }) =>
    decodeSockets(
      conversation.dump(
        encodeListSockets({
          protocol,
          family,
          ...(protocol === 'tcp' && !hasConnections ? { states: ['listen'] } : {}),
        }),
      ),
    ).map(({ memory, cookie: _, ...state }) => ({
      ...state,
      protocol,
      drops: memory?.drops ?? 0,
      receiveBufferBytes: memory?.receiveBufferBytes ?? 0,
    })),
  );
}
