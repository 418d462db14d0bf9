import { quote } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { IpFamily } from '../../netlink/ip-address.js';
import type { DraftEnd, DraftLink, DraftNode, LabDraft } from './draft.js';
import type { Place, SpecReader } from './place.js';
import { DEFAULT_MTU, type ReadLink } from './read-links.js';

/** Of the headers of Ethernet, IP, UDP and VXLAN, 50 bytes with IPv4 and 70 with IPv6 (RFC 7348, section 4.3). */
const VXLAN_MTU: Readonly<Record<IpFamily, number>> = { ipv4: DEFAULT_MTU - 50, ipv6: DEFAULT_MTU - 70 };

type Stack = Pick<LabDraft, 'links' | 'buildOrder' | 'lowers'>;

/** The interface of a node on a link, which another one stands on. */
interface Footing {
  readonly upper: DraftEnd;
  readonly node: DraftNode;
  readonly over: string;
  readonly place: Place;
  /** Whether the link's other end names the same, in the same place. */
  readonly isSecond: boolean;
}

/**
 * Finds what stands on what, once all links are read: the interface below each VLAN and macvlan, and the MTU that comes
 * of it.
 *
 * @param names - Of all links of the spec, also of those that could not be read.
 */
export function resolveStack(
  reader: SpecReader,
  read: readonly ReadLink[],
  names: readonly string[],
  families: readonly IpFamily[],
): Stack {
  if (read.every(isCable)) return { links: read, buildOrder: read, lowers: new Map() };
  const byName = new Map(read.map((link) => [link.name, link]));
  const lowers = new Map<DraftEnd, DraftEnd>();
  for (const link of read) {
    for (const footing of listFootings(link)) {
      const lower = findLower(reader, byName, names, footing);
      if (lower !== undefined) lowers.set(footing.upper, lower);
    }
  }
  const depths = measureDepths(reader, read, byName);
  const sound = read.filter((link) => depths.has(link)).sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
  checkSharing(reader, sound, lowers);
  const resolved = new Map<string, DraftLink>();
  for (const link of sound) {
    const mtu = chooseMtu(reader, link, resolved, families);
    const up = link.up && listOvers(link).every((name) => resolved.get(name)?.up !== false);
    resolved.set(link.name, { ...link, mtu, up });
  }
  return { links: read.flatMap(({ name }) => resolved.get(name) ?? []), buildOrder: [...resolved.values()], lowers };
}

/** Nothing of a pair of interfaces depends on another link. */
function isCable(link: ReadLink): link is DraftLink {
  return link.kind.type === 'veth' && link.mtu !== undefined;
}

/** The links that a link stands on. */
export function listOvers({ kind }: Pick<DraftLink, 'kind'>): readonly string[] {
  if (kind.type === 'macvlan') return [kind.over];
  return kind.type === 'vlan' ? kind.over : [];
}

function listFootings({ kind, ends, parent }: ReadLink): readonly Footing[] {
  const [a, b] = ends;
  if (kind.type === 'macvlan') {
    const isRead = a !== undefined && parent !== undefined;
    return isRead ? [{ upper: a, node: parent, over: kind.over, place: kind.place.at('over'), isSecond: false }] : [];
  }
  if (kind.type !== 'vlan') return [];
  const isOne = kind.over[0] === kind.over[1];
  return [a, b].flatMap((upper, index) => {
    const over = kind.over[index];
    if (upper === undefined || over === undefined || upper.node.kind === 'bridge') return [];
    const place = kind.place.at('over');
    return [{ upper, node: upper.node, over, place: isOne ? place : place.at(index), isSecond: isOne && index === 1 }];
  });
}

function findLower(
  reader: SpecReader,
  links: ReadonlyMap<string, ReadLink>,
  names: readonly string[],
  { node, over, place, isSecond }: Footing,
): DraftEnd | undefined {
  const link = links.get(over);
  if (link === undefined) {
    // One that could not be read has a mistake of its own, and what both ends name is told of once.
    if (!names.includes(over) && !isSecond)
      reader.refuse(place, 'must be the name of a link', over, suggest(over, names));
    return undefined;
  }
  const lower = link.ends.find((end) => end?.node === node);
  if (lower === undefined && !(link.kind.type !== 'macvlan' && link.ends.includes(undefined))) {
    const others = node.ends.flatMap((end) => [...links.values()].find(({ ends }) => ends.includes(end))?.name ?? []);
    const known = others.length === 0 ? 'and it has none' : `such as ${others.slice(0, 5).join(', ')}`;
    reader.refuse(place, `must be a link on which ${quote(node.name)} has an interface, ${known}`, over);
  }
  return lower;
}

/** How many links are below each; those that stand on themselves have none, and a mistake. */
function measureDepths(
  reader: SpecReader,
  links: readonly ReadLink[],
  byName: ReadonlyMap<string, ReadLink>,
): ReadonlyMap<ReadLink, number> {
  const depths = new Map<ReadLink, number>();
  const told = new Set<ReadLink>();
  const measure = (link: ReadLink, above: readonly ReadLink[]): number | undefined => {
    const known = depths.get(link);
    if (known !== undefined || told.has(link)) return known;
    const start = above.indexOf(link);
    if (start >= 0) {
      const cycle = above.slice(start);
      for (const each of cycle) told.add(each);
      const names = [...cycle, link].map(({ name }) => name);
      reader.add(link.place, `stands on itself: ${names.join(' on ')}`);
      return undefined;
    }
    let depth = 0;
    for (const name of listOvers(link)) {
      const over = byName.get(name);
      const below = over === undefined ? 0 : measure(over, [...above, link]);
      if (below === undefined) {
        told.add(link);
        return undefined;
      }
      depth = Math.max(depth, below + 1);
    }
    depths.set(link, depth);
    return depth;
  };
  for (const link of links) measure(link, []);
  return depths;
}

/** Refuses what two links cannot both have of one interface. */
function checkSharing(reader: SpecReader, links: readonly ReadLink[], lowers: ReadonlyMap<DraftEnd, DraftEnd>): void {
  const tags = new Map<DraftEnd, Map<number, Place>>();
  const guests = new Map<DraftEnd, { readonly name: string; readonly isAlone: boolean }>();
  const tunnels = new Map<string, Place>();
  for (const { name, kind, ends } of links) {
    if (kind.type === 'vlan') {
      for (const end of ends) {
        const lower = end && lowers.get(end);
        if (lower === undefined) continue;
        const seen = tags.get(lower) ?? new Map<number, Place>();
        tags.set(lower, seen);
        const first = seen.get(kind.id);
        if (first === undefined) seen.set(kind.id, kind.place.at('id'));
        else
          reader.refuse(
            kind.place.at('id'),
            `is taken on the interface of ${quote(lower.node.name)} by ${first}`,
            kind.id,
          );
      }
    } else if (kind.type === 'macvlan') {
      const [guest] = ends;
      const lower = guest && lowers.get(guest);
      if (guest === undefined || lower === undefined) continue;
      const first = guests.get(lower);
      const isAlone = kind.mode === 'passthru';
      if (first === undefined) guests.set(lower, { name, isAlone });
      else if (isAlone || first.isAlone)
        reader.add(
          kind.place,
          `a macvlan that is passthru has an interface for itself, and ${quote(first.name)} is on it`,
        );
      if (isAlone && guest.macAddress !== undefined)
        reader.add(guest.place.at('macAddress'), 'must not be given: with passthru it is that of the interface below');
    } else if (kind.type === 'vxlan') checkTunnel(reader, tunnels, kind, ends);
  }
}

/** On one host, a port of UDP has each network once: drivers/net/vxlan/vxlan_core.c, vxlan_vni_in_use. */
function checkTunnel(
  reader: SpecReader,
  seen: Map<string, Place>,
  { place, vni, port, under }: Extract<DraftLink['kind'], { readonly type: 'vxlan' }>,
  ends: DraftLink['ends'],
): void {
  const [a, b] = under ?? [ends[0]?.node, ends[1]?.node];
  if (under !== undefined && a === b && a !== undefined) {
    reader.add(place.at('under'), `must be two hosts; both are ${quote(a.name)}`);
    return;
  }
  for (const node of [a, b]) {
    if (node === undefined) continue;
    const key = `${node.name} ${port} ${vni}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, place.at('vni'));
    else if (first.toString() !== place.at('vni').toString())
      reader.refuse(place.at('vni'), `is taken on ${quote(node.name)} at port ${port} by ${first}`, vni);
  }
}

function chooseMtu(
  reader: SpecReader,
  link: ReadLink,
  resolved: ReadonlyMap<string, DraftLink>,
  families: readonly IpFamily[],
): number {
  const { kind, mtu, place } = link;
  if (kind.type === 'veth') return mtu ?? DEFAULT_MTU;
  if (kind.type === 'vxlan') return mtu ?? VXLAN_MTU[families.includes('ipv4') ? 'ipv4' : 'ipv6'];
  const below = listOvers(link).flatMap((name) => resolved.get(name) ?? []);
  const lowest = below.reduce(
    (least, each) => (each.mtu < least.mtu ? each : least),
    below[0] ?? { mtu: DEFAULT_MTU, name: '' },
  );
  if (mtu !== undefined && mtu > lowest.mtu)
    reader.refuse(place.at('mtu'), `must be at most ${lowest.mtu}, as that of ${quote(lowest.name)}`, mtu);
  return mtu ?? lowest.mtu;
}
