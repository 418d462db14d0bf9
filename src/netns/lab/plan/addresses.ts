import { quote } from '../../../core/errors.js';
import type { DraftAddress, DraftEnd, LabDraft } from '../read/draft.js';
import { formatNetwork, hostRange, type IpNetwork, numberToAddress } from '../read/ip-network.js';
import type { Place, SpecReader } from '../read/place.js';
import type { Interfaces } from './interfaces.js';
import { isLinkLocal } from './networks.js';
import type { Segment } from './segments.js';

/** The smallest MTU that IPv6 works with: IPV6_MIN_MTU of include/linux/ipv6.h. */
const IPV6_MIN_MTU = 1280;

export type AddressesOf = ReadonlyMap<DraftEnd, readonly DraftAddress[]>;

/** What the loopback has without being told (net/ipv4/devinet.c, inetdev_event; net/ipv6/addrconf.c, init_loopback). */
const OWN_LOOPBACK = ['127.0.0.1/8', '::1/128'];

/**
 * Gives every end that names no addresses one of each family of its network: those that forward first, then the others,
 * each in the order of the links. So a router is `.1` and hosts follow. Numbers that are given elsewhere are passed over.
 */
export function chooseAddresses(
  reader: SpecReader,
  draft: LabDraft,
  networks: ReadonlyMap<Segment, readonly IpNetwork[]>,
): AddressesOf {
  const taken = checkDuplicates(reader, draft, networks.keys());
  const result = new Map<DraftEnd, DraftAddress[]>();
  for (const [segment, list] of networks) {
    for (const end of segment.ends) result.set(end, [...(end.addresses ?? [])]);
    const open = segment.ends.filter(({ addresses }) => addresses === undefined);
    const ordered = [...open.filter(({ node }) => node.forwarding), ...open.filter(({ node }) => !node.forwarding)];
    for (const family of ['ipv4', 'ipv6'] as const) {
      const network = list.find((each) => each.family === family);
      if (network === undefined) continue;
      const lacking = deal(network, ordered, taken, result);
      const place = segment.subnets.find((each) => each.network === network)?.place ?? segment.links[0]?.place;
      if (lacking > 0 && place !== undefined)
        reader.add(place, `${formatNetwork(network)} is full: ${lacking} of ${ordered.length} machines get no address`);
    }
  }
  return result;
}

/** Returns how many got none. */
function deal(
  network: IpNetwork,
  ends: readonly DraftEnd[],
  taken: ReadonlyMap<string, unknown>,
  result: ReadonlyMap<DraftEnd, DraftAddress[]>,
): number {
  const { family } = network;
  const [first, last] = hostRange(network);
  let value = first;
  for (const [index, end] of ends.entries()) {
    while (taken.size > 0 && taken.has(`${family} ${value}`)) value += 1n;
    if (value > last) return ends.length - index;
    result.get(end)?.push({ place: end.place, family, value, network, label: undefined });
    value += 1n;
  }
  return 0;
}

/** Refuses addresses that two would answer to, and returns all that are given. */
function checkDuplicates(
  reader: SpecReader,
  draft: LabDraft,
  segments: Iterable<Segment>,
): ReadonlyMap<string, unknown> {
  const owners = new Map<string, Place>();
  const claim = ({ family, value, place }: DraftAddress, scope = '', owner = owners) => {
    const key = `${family} ${value}${scope}`;
    const first = owner.get(key);
    if (first === undefined) owner.set(key, place);
    else reader.add(place, `${numberToAddress(family, value)} is taken by ${first}`);
  };
  for (const segment of segments) {
    for (const { addresses = [] } of segment.ends) {
      for (const each of addresses) claim(each, isLinkLocal(each) ? ` ${segment.name}` : '');
    }
  }
  const anycast: DraftAddress[] = [];
  for (const { loopback, name } of draft.nodes.values()) {
    const own = new Map<string, Place>();
    for (const each of loopback) {
      const text = `${numberToAddress(each.family, each.value)}/${each.network.prefixLength}`;
      if (OWN_LOOPBACK.includes(text)) reader.refuse(each.place, `is on the loopback of ${quote(name)} anyway`, text);
      const first = owners.get(`${each.family} ${each.value}`);
      if (first !== undefined) reader.refuse(each.place, `is taken by ${first}`, text);
      // The same address on the loopbacks of several machines is anycast, and on all of them 127.0.0.0/8.
      else claim(each, '', own);
      anycast.push(each);
    }
  }
  checkPresent(reader, draft);
  for (const { family, value, place } of anycast) owners.set(`${family} ${value}`, place);
  return owners;
}

/** Refuses addresses that an adopted namespace has already. */
function checkPresent(reader: SpecReader, draft: LabDraft): void {
  for (const { name, occupied, loopback, ends } of draft.nodes.values()) {
    if (occupied === undefined) continue;
    for (const { family, value, place } of [...loopback, ...ends.flatMap(({ addresses = [] }) => addresses)]) {
      const present = occupied.addresses.find((each) => each.family === family && each.value === value);
      if (present !== undefined)
        reader.add(place, `${numberToAddress(family, value)} is on ${present.interface} of ${quote(name)} already`);
    }
  }
}

/** Refuses labels that do not begin with the name of their interface, and links too narrow for IPv6. */
export function checkAddresses(
  reader: SpecReader,
  draft: LabDraft,
  interfaces: Interfaces,
  addresses: AddressesOf,
): void {
  const checkLabel = ({ place, label }: DraftAddress, name: string) => {
    if (label === undefined || label === name || label.startsWith(`${name}:`)) return;
    reader.refuse(place, `must have a label that is ${quote(name)}, or begins with ${quote(`${name}:`)}`, label);
  };
  for (const { loopback } of draft.nodes.values()) for (const each of loopback) checkLabel(each, 'lo');
  for (const link of draft.links) {
    let usesIpv6 = false;
    for (const end of link.ends) {
      if (end === undefined) continue;
      const list = addresses.get(end) ?? [];
      usesIpv6 ||= list.some(({ family }) => family === 'ipv6');
      const name = interfaces.ofEnd.get(end)?.name;
      if (name !== undefined && !(end.isDoubtful && end.interface === undefined))
        for (const each of list) checkLabel(each, name);
    }
    if (usesIpv6 && link.mtu < IPV6_MIN_MTU)
      reader.refuse(link.place.at('mtu'), `must be at least ${IPV6_MIN_MTU}, for the link has IPv6`, link.mtu);
  }
}
