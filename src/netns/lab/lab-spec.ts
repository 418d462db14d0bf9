import type { Netns } from '../netns.js';
import type { LinkSpec } from './link-spec.js';

/** What every node of a lab may say of itself. */
export interface NodeSpec {
  /** Settings of its namespace, by their path below `net`: `{ 'ipv4.ip_forward': 1 }`. @defaultValue {} */
  readonly sysctls?: Readonly<Record<string, string | number>>;
}

/** A machine of a lab: a network namespace that programs run in. */
export interface HostSpec extends NodeSpec {
  /** Whether it passes packets on. @defaultValue false; true for routers */
  readonly forwarding?: boolean;
  /** Routes beside those that are computed. @defaultValue [] */
  readonly routes?: readonly RouteSpec[];
  /** Addresses on the loopback, as `127.0.0.2/32` or with a label. @defaultValue [] */
  readonly loopback?: readonly AddressSpec[];
  /** Entries that need not be resolved. @defaultValue [] */
  readonly neighbours?: readonly NeighbourSpec[];
  /**
   * A namespace that exists already, such as a container's: a path (`/run/netns/blue`), the number of a process, or a
   * `Netns`. The lab adds its interfaces, addresses and routes, and takes them back; the rest it leaves alone. Its
   * settings are left as they are, but for those that the spec gives, and forwarding if it is on.
   *
   * @defaultValue a new one
   */
  readonly netns?: string | number | Netns;
}

/** A machine that passes packets on. */
export interface RouterSpec<Link extends string = string> extends HostSpec {
  /** Ways of multicast (IPv4) through it, in force for as long as the lab is there. @defaultValue [] */
  readonly multicastRoutes?: readonly MulticastRouteSpec<Link>[];
}

/** A way of multicast through a router, by the links that the packets come and go. */
export interface MulticastRouteSpec<Link extends string = string> {
  /** Such as `239.1.1.1`. */
  readonly group: string;
  /** The only sender whose packets go this way. @defaultValue any */
  readonly source?: string;
  readonly from: Link;
  readonly to: readonly Link[];
  /** Packets are passed on whose TTL is greater. @defaultValue 1 */
  readonly ttl?: number;
}

/** A switch: a bridge in a namespace of its own. */
export interface BridgeSpec extends NodeSpec {
  /** Spanning tree; with it a port takes 30 seconds to forward. @defaultValue false */
  readonly stp?: boolean;
  /** Whether groups are sent only to ports that have joined them. @defaultValue true */
  readonly multicastSnooping?: boolean;
  /** Whether it asks who is in which group; unknown groups are flooded until someone does. @defaultValue false */
  readonly multicastQuerier?: boolean;
  /**
   * The networks of its ports, as `10.0.0.0/24`. Addresses are chosen from the first of each family.
   *
   * @defaultValue those of the addresses that are given, or else 10.x.y.0/24 and fd00:x:y::/64
   */
  readonly subnets?: readonly string[];
}

/** An address with its prefix (`10.0.0.1/24`), or that and its label (`lo:faas`; IPv4 only). */
export type AddressSpec = string | { readonly address: string; readonly label: string };

/** A route. Without `via` the destination is on the link. */
export interface RouteSpec {
  /** `10.1.0.0/24`, or `default`. */
  readonly to: string;
  /** The address of the next router. */
  readonly via?: string;
  /** The name of the interface that leads there. @defaultValue found by `via` */
  readonly interface?: string;
  readonly metric?: number;
}

/** A neighbour that is known without asking. */
export interface NeighbourSpec {
  readonly address: string;
  readonly macAddress: string;
  /** The name of the interface. @defaultValue found by the address */
  readonly interface?: string;
}

/**
 * A network as a value: machines, switches, routers, and what connects them. Nodes and links are named by their keys,
 * and a link to a name that is no node is an error of the compiler's.
 *
 * @example
 * ```ts
 * const spec = {
 *   hosts: { sender: {}, receiver: {} },
 *   bridges: { lan: {} },
 *   links: { a: ['sender', 'lan'], b: ['receiver', 'lan'] },
 * } as const;
 * ```
 */
export interface LabSpec<
  Host extends string = string,
  Router extends string = string,
  Bridge extends string = string,
  Link extends string = string,
> {
  readonly hosts?: Readonly<Record<Host, HostSpec>>;
  readonly routers?: Readonly<Record<Router, RouterSpec<NoInfer<Link>>>>;
  readonly bridges?: Readonly<Record<Bridge, BridgeSpec>>;
  readonly links?: Readonly<Record<Link, LinkSpec<NoInfer<Host | Router | Bridge>, NoInfer<Link>>>>;
  /** The families that networks and addresses are chosen for. @defaultValue ['ipv4'] */
  readonly families?: readonly ('ipv4' | 'ipv6')[];
  /** Whether routes to every network of the lab are computed, by the fewest hops. @defaultValue true */
  readonly computeRoutes?: boolean;
}
