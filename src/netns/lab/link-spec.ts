import type { AddressSpec } from './lab-spec.js';

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

/** A link between two nodes: its ends, or its ends and how it is to be. It is a pair of interfaces unless it says else. */
export type LinkSpec<Node extends string, Link extends string = string> =
  | readonly [LinkEndSpec<Node>, LinkEndSpec<Node>]
  | LinkSettings<Node>
  | MacvlanLinkSettings<Node, Link>
  | VxlanLinkSettings<Node>
  | VlanLinkSettings<Node, Link>;

interface AnyLinkSettings {
  /** Whether it is up when the lab is ready; what it stands on must be, too. @defaultValue true */
  readonly up?: boolean;
}

/** How a link is to be that is a pair of interfaces (a veth). */
export interface LinkSettings<Node extends string> extends AnyLinkSettings {
  readonly ends: readonly [LinkEndSpec<Node>, LinkEndSpec<Node>];
  /** Bytes. @defaultValue 1500 */
  readonly mtu?: number;
  /** The networks of a link that has no bridge at either end. @defaultValue as those of a bridge */
  readonly subnets?: readonly string[];
  /**
   * Whether frames pass through a thread of this process, so that the link can be impaired, held, and listened to: a
   * few microseconds for each. @defaultValue false
   */
  readonly wire?: boolean;
  /**
   * Whether `impair` works: by netem between the ends where the kernel has it, and else as of a wire.
   *
   * @defaultValue false
   */
  readonly impairable?: boolean;
  readonly macvlan?: never;
  readonly vxlan?: never;
  readonly vlan?: never;
}

/**
 * A second interface on another's cable (a macvlan): the first end gets one with a MAC address and an address of its own
 * upon the interface that the second end has on link `over`, and is in that link's network. The two do not hear each
 * other (drivers/net/macvlan.c): whoever is at the far end of `over` hears both.
 *
 * @example
 * ```ts
 * const links = {
 *   uplink: ['parent', 'server'],
 *   guest: { ends: ['guest', 'parent'], macvlan: { over: 'uplink' } },
 * };
 * ```
 */
export interface MacvlanLinkSettings<Node extends string, Link extends string> extends AnyLinkSettings {
  readonly ends: readonly [guest: LinkEndSpec<Node>, parent: Node];
  readonly macvlan: MacvlanSpec<Link>;
  /** Bytes, at most those of `over`. @defaultValue those of `over` */
  readonly mtu?: number;
  readonly subnets?: never;
  readonly wire?: never;
  readonly impairable?: never;
  readonly vxlan?: never;
  readonly vlan?: never;
}

/** How the macvlans of one interface see each other: directly, by a switch outside that sends back, or not at all. */
export type MacvlanLinkMode = 'bridge' | 'vepa' | 'private' | 'passthru';

/** What a macvlan stands on, and how it is switched. */
export interface MacvlanSpec<Link extends string> {
  /** The link whose interface at the second end it stands on. */
  readonly over: Link;
  /** `passthru`: it alone has the interface, and its MAC address too. @defaultValue 'bridge' */
  readonly mode?: MacvlanLinkMode;
}

/**
 * A tunnel through the lab's own network (a vxlan), which must lead from one end to the other without it.
 *
 * @example
 * ```ts
 * const links = {
 *   left: ['a', 'router'],
 *   right: ['router', 'b'],
 *   tunnel: { ends: ['a', 'b'], vxlan: { vni: 42 } },
 * };
 * ```
 */
export interface VxlanLinkSettings<Node extends string> extends AnyLinkSettings {
  readonly ends: readonly [LinkEndSpec<Node>, LinkEndSpec<Node>];
  readonly vxlan: VxlanSpec<Node>;
  /** Bytes; larger packets than the network below takes go in fragments. @defaultValue 1450; 1430 in a lab of IPv6 alone */
  readonly mtu?: number;
  /** As those of a pair of interfaces. */
  readonly subnets?: readonly string[];
  readonly wire?: never;
  readonly impairable?: never;
  readonly macvlan?: never;
  readonly vlan?: never;
}

/** Which tunnel it is, and what it goes through. */
export interface VxlanSpec<Node extends string> {
  /** The number of the network, 0 to 16777215. On one host and port there is each once. */
  readonly vni: number;
  /** UDP. @defaultValue 4789 */
  readonly port?: number;
  /** Whose addresses the packets go between. A bridge has none, so its end takes a host's. @defaultValue the ends */
  readonly under?: readonly [Node, Node];
}

/**
 * A network of its own on a cable that exists (a VLAN of IEEE 802.1Q): each end gets an interface upon the one that it has
 * on `over`. Bridges between pass the tags on.
 *
 * @example
 * ```ts
 * const links = {
 *   trunk: ['a', 'b'],
 *   blue: { ends: ['a', 'b'], vlan: { id: 100, over: 'trunk' } },
 * };
 * ```
 */
export interface VlanLinkSettings<Node extends string, Link extends string> extends AnyLinkSettings {
  readonly ends: readonly [LinkEndSpec<Node>, LinkEndSpec<Node>];
  readonly vlan: VlanSpec<Link>;
  /** Bytes, at most those of `over`. @defaultValue those of `over` */
  readonly mtu?: number;
  /** As those of a pair of interfaces. */
  readonly subnets?: readonly string[];
  readonly wire?: never;
  readonly impairable?: never;
  readonly macvlan?: never;
  readonly vxlan?: never;
}

/** The tag of a VLAN, and the cable that it runs on. */
export interface VlanSpec<Link extends string> {
  /** The tag, 1 to 4094. On one interface there is each once. */
  readonly id: number;
  /** The link that it runs on, or that of each end where bridges are between. */
  readonly over: Link | readonly [Link, Link];
}
