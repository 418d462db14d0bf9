import { bitsOf, type IpFamily } from '../netlink/ip-address.js';
import type { AddressesOf } from './addresses.js';
import type { DraftAddress, DraftNode, LabDraft } from './draft.js';
import type { Interfaces } from './interfaces.js';
import { contains, type IpNetwork, networkAround } from './ip-network.js';
import { isLinkLocal } from './networks.js';
import type { Segment } from './segments.js';

const LOOPBACK: readonly IpNetwork[] = [networkAround('127.0.0.0', 8), networkAround('::1', 128)];

/** Machines and networks, and who has an address where: what routes are computed from. */
export interface RouteGraph {
  readonly machines: ReadonlyMap<DraftNode, Machine>;
  /** Whether a link is down, so that ways over links that are up have to be looked for first. */
  readonly hasDownLinks: boolean;
}

export interface Machine {
  readonly node: DraftNode;
  readonly memberships: Membership[];
  /** Addresses that are in no network of a segment: those of the loopback, and single ones of interfaces. */
  readonly ownNetworks: IpNetwork[];
}

export interface NetworkVertex {
  readonly network: IpNetwork;
  /** Members that others may have a route through: those that forward, and those with networks of their own. */
  readonly gateways: Membership[];
}

/** That a machine has an address in a network. */
export interface Membership {
  readonly machine: Machine;
  readonly vertex: NetworkVertex;
  readonly family: IpFamily;
  readonly value: bigint;
  /** The name of the interface. */
  readonly interface: string;
  /** Whether its link is up when the lab is built. */
  readonly up: boolean;
}

/** `undefined` when nobody forwards and nobody has a network of its own, so that there is no way to anywhere. */
export function createRouteGraph(
  draft: LabDraft,
  networks: ReadonlyMap<Segment, readonly IpNetwork[]>,
  addresses: AddressesOf,
  interfaces: Interfaces,
): RouteGraph | undefined {
  if (!hasGateways(draft)) return undefined;
  const machines = new Map<DraftNode, Machine>();
  for (const node of draft.nodes.values()) {
    if (node.kind === 'bridge') continue;
    const ownNetworks = node.loopback.filter((each) => !isOfLoopback(each)).map(({ network }) => network);
    machines.set(node, { node, memberships: [], ownNetworks });
  }
  const upOf = new Map(draft.links.flatMap((link) => link.ends.map((end) => [end, link.up] as const)));
  for (const [segment, list] of networks) {
    const vertices = list.map((network): NetworkVertex => ({ network, gateways: [] }));
    for (const end of segment.ends) {
      const machine = machines.get(end.node);
      const name = interfaces.ofEnd.get(end)?.name;
      if (machine === undefined || name === undefined) continue;
      for (const { family, value, network } of addresses.get(end) ?? []) {
        const vertex = vertices.find((each) => contains(each.network, family, value));
        const isSingle = network.prefixLength === bitsOf(family);
        if (vertex !== undefined && (!isSingle || vertex.network.prefixLength === bitsOf(family)))
          machine.memberships.push({ machine, vertex, family, value, interface: name, up: upOf.get(end) ?? true });
        else if (vertex === undefined && isSingle && !isLinkLocal({ family, value })) machine.ownNetworks.push(network);
      }
    }
  }
  const gateways = [...machines.values()].filter(({ node, ownNetworks }) => node.forwarding || ownNetworks.length > 0);
  for (const machine of gateways) {
    for (const membership of machine.memberships) membership.vertex.gateways.push(membership);
  }
  return { machines, hasDownLinks: draft.links.some(({ up }) => !up) };
}

function hasGateways(draft: LabDraft): boolean {
  const isSingle = ({ family, network }: DraftAddress) => network.prefixLength === bitsOf(family);
  for (const { forwarding, loopback, ends } of draft.nodes.values()) {
    if (forwarding || loopback.some((each) => !isOfLoopback(each))) return true;
    if (ends.some(({ addresses }) => addresses?.some(isSingle))) return true;
  }
  return false;
}

function isOfLoopback({ family, value }: DraftAddress): boolean {
  return LOOPBACK.some((each) => contains(each, family, value));
}
