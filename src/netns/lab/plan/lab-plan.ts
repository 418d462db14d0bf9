import type { IpFamily } from '../../netlink/ip-address.js';
import type { Netns } from '../../netns.js';
import type { MacvlanLinkMode } from '../link-spec.js';

/**
 * A lab as it is to be built: every name, number and address decided. Plain data, in the order in which it was asked for.
 */
export interface LabPlan {
  /** Hosts, then routers, then bridges. */
  readonly nodes: readonly PlannedNode[];
  readonly links: readonly PlannedLink[];
  readonly segments: readonly PlannedSegment[];
  /** Whether any address of the lab is of IPv6. Where none is, no interface of a link has IPv6 at all. */
  readonly usesIpv6: boolean;
}

/** What a node is: one that only sends and receives, one that forwards, or a switch. */
export type NodeKind = 'host' | 'router' | 'bridge';

/** A network namespace and what is in it. */
export interface PlannedNode {
  readonly name: string;
  readonly kind: NodeKind;
  /** A namespace that exists already, as the spec gives it; `undefined` for one that is made. */
  readonly netns: string | number | Netns | undefined;
  readonly forwarding: boolean;
  /** In the order of writing: those of the lab first, so that the test's own have the last word. */
  readonly sysctls: readonly PlannedSysctl[];
  /** Of a bridge: the device that its interfaces are ports of. */
  readonly bridge: PlannedBridge | undefined;
  /** One for each end of a link, in the order of the links. */
  readonly interfaces: readonly PlannedInterface[];
  /** Addresses of `lo` beside its own. */
  readonly loopback: readonly PlannedAddress[];
  readonly neighbours: readonly PlannedNeighbour[];
  /** Those of the spec, then the computed ones. One through an interface that is down can be added only once it is up. */
  readonly routes: readonly PlannedRoute[];
  /** By the names of interfaces. */
  readonly multicastRoutes: readonly PlannedMulticastRoute[];
}

/** A way of multicast through a router. */
export interface PlannedMulticastRoute {
  readonly group: string;
  /** `undefined` for any. */
  readonly source: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly ttl: number | undefined;
}

/** A setting of a namespace. */
export interface PlannedSysctl {
  /** The file below `/proc/sys/net`: `ipv4/ip_forward`. */
  readonly path: string;
  readonly value: string;
  /**
   * Those of an interface can be written only when it is there, and those that stand on others come last; those of
   * `default` count only if written before.
   */
  readonly when: 'before-links' | 'after-links' | 'after-stacked';
  /** Whether a kernel without this setting is as good as one where it is written. */
  readonly optional: boolean;
}

/** A bridge device. */
export interface PlannedBridge {
  readonly name: string;
  readonly ifindex: number;
  readonly macAddress: string;
  readonly stp: boolean;
  readonly multicastSnooping: boolean;
  readonly multicastQuerier: boolean;
}

/** A node's end of a link. */
export interface PlannedInterface {
  readonly link: string;
  readonly name: string;
  readonly ifindex: number;
  readonly macAddress: string;
  /** That of its link. */
  readonly kind: PlannedKind['type'];
  /** The interface of this node that it stands on, if it is that of a VLAN. */
  readonly below: string | undefined;
  /** Bytes. */
  readonly mtu: number;
  /** Whether it is set up when the lab is built. */
  readonly up: boolean;
  /** Whether it is a port of the node's bridge. Ports have no addresses. */
  readonly isBridgePort: boolean;
  readonly addresses: readonly PlannedAddress[];
  /** The name of its {@link PlannedSegment}. */
  readonly segment: string;
}

/** An address of an interface. */
export interface PlannedAddress {
  readonly family: IpFamily;
  readonly address: string;
  readonly prefixLength: number;
  /** IPv4, where the spec gives one. */
  readonly label: string | undefined;
  /** IPv4, where the network is wide enough to have one. */
  readonly broadcast: string | undefined;
}

/** A neighbour that is known for good. */
export interface PlannedNeighbour {
  readonly family: IpFamily;
  readonly address: string;
  readonly macAddress: string;
  /** The name of the interface. */
  readonly interface: string;
}

/** A route of a node. */
export interface PlannedRoute {
  readonly family: IpFamily;
  /** A prefix; a default route is `0.0.0.0/0` or `::/0`. */
  readonly to: string;
  /** The next router; none where the destination is on the link. */
  readonly via: string | undefined;
  /** The name of the interface; that may be `lo`. */
  readonly interface: string;
  readonly metric: number | undefined;
  /** Whether it was computed, not asked for. */
  readonly computed: boolean;
}

/** What a link is: a pair of interfaces, which may be joined by a wire, or something that stands on other links. */
export type PlannedKind =
  | { readonly type: 'veth' }
  | { readonly type: 'macvlan'; readonly over: string; readonly mode: MacvlanLinkMode }
  | {
      readonly type: 'vxlan';
      readonly vni: number;
      readonly port: number;
      /** The hosts, with their addresses, that the packets go between. */
      readonly under: readonly [PlannedUnderlay, PlannedUnderlay];
    }
  | { readonly type: 'vlan'; readonly id: number; readonly over: readonly [string, string] };

/** An end of a tunnel. */
export interface PlannedUnderlay {
  readonly node: string;
  readonly address: string;
}

/** A link, with both its ends. */
export interface PlannedLink {
  readonly name: string;
  readonly kind: PlannedKind;
  /** The second of a macvlan is the interface that it stands on, which is of another link. */
  readonly ends: readonly [PlannedLinkEnd, PlannedLinkEnd];
  /** Bytes. */
  readonly mtu: number;
  readonly up: boolean;
  /** Whether frames pass through a thread of this process. */
  readonly wire: boolean;
  /** Whether there is room for netem between its ends, or else they pass through that thread too. */
  readonly impairable: boolean;
}

/** Where a link ends. */
export interface PlannedLinkEnd {
  readonly node: string;
  /** The name of the interface. */
  readonly interface: string;
}

/** Interfaces that hear each other without a router between: the ends of a link, or all that its bridges join. */
export interface PlannedSegment {
  /** The first of its bridges, or its link. */
  readonly name: string;
  readonly bridges: readonly string[];
  readonly links: readonly string[];
  /** As `10.0.0.0/24`; the first of each family is the one that addresses are chosen from. */
  readonly networks: readonly string[];
}
