import type { IpFamily } from '../../netlink/ip-address.js';
import type { MacvlanLinkMode } from '../link-spec.js';
import type { NodeKind, PlannedNode } from '../plan/lab-plan.js';
import type { IpNetwork } from './ip-network.js';
import type { Occupied } from './occupied.js';
import type { Place } from './place.js';

/** A spec that has been read: typed, complete with its defaults, each part with its place; nothing chosen yet. */
export interface LabDraft {
  readonly nodes: ReadonlyMap<string, DraftNode>;
  readonly links: readonly DraftLink[];
  /** The same links, those that stand on others after these. */
  readonly buildOrder: readonly DraftLink[];
  /** What an end stands on: the interface below a VLAN, and that of the parent below a macvlan. */
  readonly lowers: ReadonlyMap<DraftEnd, DraftEnd>;
  readonly families: readonly IpFamily[];
  readonly computeRoutes: boolean;
  /** Whether something could not be read that any node may depend on, such as an end of a link. */
  readonly isDoubtful: boolean;
}

export interface DraftNode {
  readonly name: string;
  readonly kind: NodeKind;
  readonly place: Place;
  readonly forwarding: boolean;
  readonly sysctls: readonly DraftSysctl[];
  readonly routes: readonly DraftRoute[];
  readonly loopback: readonly DraftAddress[];
  readonly neighbours: readonly DraftNeighbour[];
  readonly multicastRoutes: readonly DraftMulticastRoute[];
  /** The namespace that it is, if it exists already. */
  readonly netns: PlannedNode['netns'];
  /** What is in that namespace; `undefined` for a new one, and where nobody has looked. */
  readonly occupied: Occupied | undefined;
  readonly stp: boolean;
  readonly multicastSnooping: boolean;
  readonly multicastQuerier: boolean;
  readonly subnets: readonly DraftSubnet[];
  /** Whether something of its subnets could not be read, so that what is chosen from them says nothing. */
  readonly isDoubtful: boolean;
  /** In the order of the links. */
  readonly ends: DraftEnd[];
}

export interface DraftSysctl {
  readonly place: Place;
  /** `ipv4/ip_forward` */
  readonly path: string;
  readonly value: string;
}

export interface DraftAddress {
  readonly place: Place;
  readonly family: IpFamily;
  readonly value: bigint;
  readonly network: IpNetwork;
  readonly label: string | undefined;
}

export interface DraftSubnet {
  readonly place: Place;
  readonly network: IpNetwork;
}

export interface DraftRoute {
  readonly place: Place;
  /** `undefined` for a default route. */
  readonly to: IpNetwork | undefined;
  readonly via: { readonly family: IpFamily; readonly value: bigint } | undefined;
  readonly interface: string | undefined;
  readonly metric: number | undefined;
}

export interface DraftNeighbour {
  readonly place: Place;
  readonly family: IpFamily;
  readonly value: bigint;
  readonly macAddress: string;
  readonly interface: string | undefined;
}

/** A way of multicast, by names of links that are not looked for yet. */
export interface DraftMulticastRoute {
  readonly place: Place;
  readonly group: string;
  readonly source: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly ttl: number | undefined;
}

/** What a link is, as far as it can be known before the others are read. */
export type DraftKind =
  | { readonly type: 'veth' }
  | { readonly type: 'macvlan'; readonly place: Place; readonly over: string; readonly mode: MacvlanLinkMode }
  | {
      readonly type: 'vxlan';
      readonly place: Place;
      readonly vni: number;
      readonly port: number;
      readonly under: readonly [DraftNode, DraftNode] | undefined;
    }
  | { readonly type: 'vlan'; readonly place: Place; readonly id: number; readonly over: readonly [string, string] };

export interface DraftLink {
  readonly name: string;
  readonly place: Place;
  readonly kind: DraftKind;
  /**
   * An end that could not be read is `undefined`; there is a mistake then. The second of a macvlan is, too: it is an end
   * of another link.
   */
  readonly ends: readonly [DraftEnd | undefined, DraftEnd | undefined];
  /** Of a macvlan: whose interface it stands on. */
  readonly parent: DraftNode | undefined;
  readonly mtu: number;
  readonly up: boolean;
  readonly wire: boolean;
  readonly impairable: boolean;
  readonly subnets: readonly DraftSubnet[];
  /** Whether something of its subnets could not be read. */
  readonly isDoubtful: boolean;
}

export interface DraftEnd {
  readonly place: Place;
  readonly node: DraftNode;
  readonly interface: string | undefined;
  /** `undefined`: to be chosen. */
  readonly addresses: readonly DraftAddress[] | undefined;
  readonly macAddress: string | undefined;
  /** Whether something of it could not be read. */
  readonly isDoubtful: boolean;
}
