import { bitsOf, type IpFamily } from '../../netlink/ip-address.js';
import type { DraftAddress, DraftEnd, DraftNode, LabDraft } from '../read/draft.js';
import { contains, type IpNetwork, networkAround } from '../read/ip-network.js';
import type { AddressesOf } from './addresses.js';
import type { Interfaces } from './interfaces.js';
import { isLinkLocal } from './networks.js';
import type { Segment } from './segments.js';
import { isTunnel } from './underlays.js';

const LOOPBACK: readonly IpNetwork[] = [networkAround('127.0.0.0', 8), networkAround('::1', 128)];

/** Machines and networks, and who has an address where: what routes are computed from. */
export interface RouteGraph {
  readonly machines: ReadonlyMap<DraftNode, Machine>;
  /** The ranks of its links beyond the best, in their order: ways over better ones are looked for first. */
  readonly ranks: readonly number[];
  /** Interfaces that do not hear each other although they are in one network: a macvlan and what it stands on. */
  readonly deaf: ReadonlyMap<DraftEnd, ReadonlySet<DraftEnd>>;
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
  readonly end: DraftEnd;
  /** 0 for a cable; 1 for a tunnel, as its own packets must not go through it; 2 for what is down when the lab is built. */
  readonly rank: number;
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
  const down = new Set(draft.links.flatMap(({ up, ends }) => (up ? [] : ends)));
  const ranks = new Set<number>();
  for (const [segment, list] of networks) {
    const rank = isTunnel(segment) ? 1 : 0;
    const vertices = list.map((network): NetworkVertex => ({ network, gateways: [] }));
    for (const end of segment.ends) {
      const machine = machines.get(end.node);
      const name = interfaces.ofEnd.get(end)?.name;
      if (machine === undefined || name === undefined) continue;
      const place = { machine, interface: name, end, rank: down.has(end) ? 2 : rank };
      ranks.add(place.rank);
      for (const { family, value, network } of addresses.get(end) ?? []) {
        const vertex = vertices.find((each) => contains(each.network, family, value));
        const isSingle = network.prefixLength === bitsOf(family);
        if (vertex !== undefined && (!isSingle || vertex.network.prefixLength === bitsOf(family)))
          machine.memberships.push({ ...place, vertex, family, value });
        else if (vertex === undefined && isSingle && !isLinkLocal({ family, value })) machine.ownNetworks.push(network);
      }
    }
  }
  const gateways = [...machines.values()].filter(({ node, ownNetworks }) => node.forwarding || ownNetworks.length > 0);
  for (const machine of gateways) {
    for (const membership of machine.memberships) membership.vertex.gateways.push(membership);
  }
  return { machines, ranks: [...ranks].filter((rank) => rank > 0).sort(), deaf: findDeaf(draft) };
}

/** drivers/net/macvlan.c: macvlan_start_xmit passes to others of its kind in mode bridge alone, and never to what is below. */
function findDeaf({ links, lowers }: LabDraft): ReadonlyMap<DraftEnd, ReadonlySet<DraftEnd>> {
  const deaf = new Map<DraftEnd, Set<DraftEnd>>();
  const add = (from: DraftEnd, to: DraftEnd) => {
    const list = deaf.get(from) ?? new Set<DraftEnd>();
    deaf.set(from, list.add(to));
  };
  const guests: { readonly guest: DraftEnd; readonly lower: DraftEnd; readonly isBridge: boolean }[] = [];
  for (const { kind, ends } of links) {
    const [guest] = ends;
    const lower = guest && lowers.get(guest);
    if (kind.type !== 'macvlan' || guest === undefined || lower === undefined) continue;
    add(guest, lower);
    add(lower, guest);
    const isBridge = kind.mode === 'bridge';
    for (const other of guests) {
      if (other.lower !== lower || (isBridge && other.isBridge)) continue;
      add(guest, other.guest);
      add(other.guest, guest);
    }
    guests.push({ guest, lower, isBridge });
  }
  return deaf;
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
