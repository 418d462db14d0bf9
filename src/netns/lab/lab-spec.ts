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

/** One end of a link: a node, or a node and how its interface is to be. */
export type LinkEndSpec<Node extends string> = Node | LinkEndSettings<Node>;

/** How an interface is to be. */
export interface LinkEndSettings<Node extends string> {
  readonly node: Node;
  /** At most 15 bytes. @defaultValue `eth0`, `eth1`… in the order of the links; `port0`… on a bridge */
  readonly interface?: string;
  /**
   * None on a bridge.
   *
   * @defaultValue one of each family of the network: routers first, so that they are `.1`, then hosts; in the order of
   * the links
   */
  readonly addresses?: readonly AddressSpec[];
  /** Of one interface, such as `02:00:00:00:00:01`. @defaultValue numbered by the link */
  readonly macAddress?: string;
}

/** A link between two nodes: its ends, or its ends and how it is to be. */
export type LinkSpec<Node extends string> = readonly [LinkEndSpec<Node>, LinkEndSpec<Node>] | LinkSettings<Node>;

/** How a link is to be. */
export interface LinkSettings<Node extends string> {
  readonly ends: readonly [LinkEndSpec<Node>, LinkEndSpec<Node>];
  /** Bytes. @defaultValue 1500 */
  readonly mtu?: number;
  /** The networks of a link that has no bridge at either end. @defaultValue as those of a bridge */
  readonly subnets?: readonly string[];
  /** Whether it is up when the lab is ready. @defaultValue true */
  readonly up?: boolean;
  /**
   * Whether frames pass through a thread of this process, so that the link can be impaired, held, and listened to: a
   * few microseconds for each. @defaultValue false
   */
  readonly wire?: boolean;
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
  readonly routers?: Readonly<Record<Router, HostSpec>>;
  readonly bridges?: Readonly<Record<Bridge, BridgeSpec>>;
  readonly links?: Readonly<Record<Link, LinkSpec<NoInfer<Host | Router | Bridge>>>>;
  /** The families that networks and addresses are chosen for. @defaultValue ['ipv4'] */
  readonly families?: readonly ('ipv4' | 'ipv6')[];
  /** Whether routes to every network of the lab are computed, by the fewest hops. @defaultValue true */
  readonly computeRoutes?: boolean;
}
