import { quote } from '../../../core/errors.js';
import type { IpFamily } from '../../netlink/ip-address.js';
import type { DraftLink, DraftNode, LabDraft } from '../read/draft.js';
import { numberToAddress } from '../read/ip-network.js';
import type { SpecReader } from '../read/place.js';
import type { AddressesOf } from './addresses.js';
import type { PlannedUnderlay } from './lab-plan.js';
import { isLinkLocal } from './networks.js';
import type { Segment } from './segments.js';

export type UnderlaysOf = ReadonlyMap<DraftLink, readonly [PlannedUnderlay, PlannedUnderlay]>;

/** The networks that each machine is in, tunnels left out: they are what tunnels go through. */
type Surroundings = ReadonlyMap<DraftNode, readonly Segment[]>;

/** The addresses that the packets of each vxlan go between: of each host that which is nearest to the other. */
export function chooseUnderlays(
  reader: SpecReader,
  draft: LabDraft,
  segments: readonly Segment[],
  addresses: AddressesOf,
): UnderlaysOf {
  const chosen = new Map<DraftLink, readonly [PlannedUnderlay, PlannedUnderlay]>();
  const tunnels = draft.links.filter(({ kind }) => kind.type === 'vxlan');
  if (tunnels.length === 0 || draft.isDoubtful) return chosen;
  const surroundings = findSurroundings(segments);
  for (const link of tunnels) {
    const [a, b] = endsBelow(link);
    if (a === undefined || b === undefined || a.kind === 'bridge' || b.kind === 'bridge') continue;
    const pair = findPair(surroundings, addresses, a, b);
    if (pair !== undefined) chosen.set(link, pair);
    else
      reader.add(
        link.place.at('vxlan'),
        `must have a network below it that leads from ${quote(a.name)} to ${quote(b.name)}; link them, or both to a router`,
      );
  }
  return chosen;
}

/** Whether a segment is a tunnel, or has one among its cables. */
export function isTunnel({ links }: Segment): boolean {
  return links.some(({ kind }) => kind.type === 'vxlan');
}

function endsBelow({ kind, ends }: DraftLink): readonly (DraftNode | undefined)[] {
  return kind.type === 'vxlan' && kind.under !== undefined ? kind.under : ends.map((end) => end?.node);
}

function findSurroundings(segments: readonly Segment[]): Surroundings {
  const found = new Map<DraftNode, Segment[]>();
  for (const segment of segments) {
    if (isTunnel(segment)) continue;
    for (const { node } of segment.ends) {
      const list = found.get(node);
      if (list === undefined) found.set(node, [segment]);
      else list.push(segment);
    }
  }
  return found;
}

function findPair(
  surroundings: Surroundings,
  addresses: AddressesOf,
  a: DraftNode,
  b: DraftNode,
): readonly [PlannedUnderlay, PlannedUnderlay] | undefined {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const [ofA, ofB] = [
      findNearest(surroundings, addresses, b, a, family),
      findNearest(surroundings, addresses, a, b, family),
    ];
    if (ofA !== undefined && ofB !== undefined)
      return [
        { node: a.name, address: ofA },
        { node: b.name, address: ofB },
      ];
  }
  return undefined;
}

/** The address of a machine that comes first on the way from another, through machines that forward. */
function findNearest(
  surroundings: Surroundings,
  addresses: AddressesOf,
  from: DraftNode,
  to: DraftNode,
  family: IpFamily,
): string | undefined {
  const queue = [...(surroundings.get(from) ?? [])];
  const seen = new Set(queue);
  for (const segment of queue) {
    for (const end of segment.ends) {
      if (end.node === to) {
        const found = (addresses.get(end) ?? []).find((each) => each.family === family && !isLinkLocal(each));
        if (found !== undefined) return numberToAddress(family, found.value);
      }
      if (!end.node.forwarding) continue;
      for (const next of surroundings.get(end.node) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
      }
    }
  }
  return undefined;
}
