import { quote } from '../../../core/errors.js';
import type { DraftEnd, DraftNode, LabDraft } from '../read/draft.js';
import type { Place, SpecReader } from '../read/place.js';

/** 1 is the loopback. */
const FIRST_IFINDEX = 2;
/**
 * Of interfaces that are made from another namespace. Before Linux 6.14 a number that is taken *there* is refused too
 * (net/core/rtnetlink.c, __rtnl_newlink looks it up in the namespace of the socket).
 */
const FIRST_FAR_IFINDEX = 100_000;
/** The device that the interfaces of a bridge are ports of. */
export const BRIDGE_DEVICE = 'br0';
/** Interfaces have MAC addresses from 02:00:00:00:00:01, the devices of bridges from here on. */
const FIRST_BRIDGE_MAC = 0xff_0001;

/** What is chosen for an end of a link. */
export interface ChosenInterface {
  readonly name: string;
  readonly ifindex: number;
  readonly macAddress: string;
}

export interface Interfaces {
  readonly ofEnd: ReadonlyMap<DraftEnd, ChosenInterface>;
  readonly ofBridge: ReadonlyMap<DraftNode, ChosenInterface>;
}

/**
 * Names and numbers interfaces in the order of the links: `eth0`, `eth1`… on machines, `port0`… on bridges. The ends of a
 * link have two numbers. A name that the spec has given already is passed over, and what is in an adopted namespace; MAC
 * addresses go by the link, so that one link's does not depend on what is said of another.
 */
export function chooseInterfaces(reader: SpecReader, draft: LabDraft): Interfaces {
  const givenMacs = collectMacs(reader, draft);
  const chooseMac = (number: number) => {
    let free = number;
    while (givenMacs.has(formatMac(free))) free += 0x10_0000;
    return formatMac(free);
  };
  const ofBridge = new Map<DraftNode, ChosenInterface>();
  const ofEnd = new Map<DraftEnd, ChosenInterface>();
  const numberings = new Map<DraftNode, Numbering>();
  for (const node of draft.nodes.values()) {
    numberings.set(node, startNumbering(reader, node));
    if (node.kind !== 'bridge') continue;
    const macAddress = chooseMac(FIRST_BRIDGE_MAC + ofBridge.size);
    ofBridge.set(node, { name: BRIDGE_DEVICE, ifindex: FIRST_IFINDEX, macAddress });
  }
  const highest = [...draft.nodes.values()].map(({ occupied }) => occupied?.highestIfindex ?? 0);
  const firstFar = highest.reduce((least, each) => Math.max(least, each + 1), FIRST_FAR_IFINDEX);
  const numberOf = new Map(draft.links.map((link, index) => [link, index]));
  for (const link of draft.buildOrder) {
    const linkIndex = numberOf.get(link) ?? 0;
    let otherIfindex: number | undefined;
    for (const [endIndex, end] of link.ends.entries()) {
      const lower = end && draft.lowers.get(end);
      const below = lower && ofEnd.get(lower);
      const numbering = end && numberings.get(end.node);
      if (end === undefined || numbering === undefined) continue;
      // Of a pair with one number the kernel takes a whole second to see the carrier: it tells by the numbers whether a
      // device stands on another (net/core/link_watch.c, linkwatch_urgent_event).
      if (numbering.nextIfindex === otherIfindex) numbering.nextIfindex += 1;
      otherIfindex = numbering.nextIfindex;
      const name = end.interface ?? nextName(numbering);
      const inherited = link.kind.type === 'macvlan' && link.kind.mode === 'passthru' ? below?.macAddress : undefined;
      const macAddress = inherited ?? end.macAddress ?? chooseMac(2 * linkIndex + endIndex + 1);
      const isFar = link.kind.type === 'macvlan' || (link.kind.type === 'vxlan' && link.kind.under !== undefined);
      const ifindex = isFar ? firstFar + 2 * linkIndex + endIndex : numbering.nextIfindex;
      ofEnd.set(end, { name, ifindex, macAddress });
      if (!isFar) numbering.nextIfindex += 1;
    }
  }
  return { ofEnd, ofBridge };
}

/** How far the interfaces of a node have been named and numbered. */
interface Numbering {
  readonly prefix: 'eth' | 'port';
  readonly taken: ReadonlySet<string>;
  nextNumber: number;
  nextIfindex: number;
}

function startNumbering(reader: SpecReader, node: DraftNode): Numbering {
  const isBridge = node.kind === 'bridge';
  return {
    prefix: isBridge ? 'port' : 'eth',
    taken: collectNames(reader, node),
    nextNumber: 0,
    nextIfindex: isBridge ? FIRST_IFINDEX + 1 : (node.occupied?.highestIfindex ?? 1) + 1,
  };
}

function nextName(numbering: Numbering): string {
  for (;;) {
    const name = `${numbering.prefix}${numbering.nextNumber}`;
    numbering.nextNumber += 1;
    if (!numbering.taken.has(name)) return name;
  }
}

/** The names that a node's interfaces are given, each once. */
function collectNames(reader: SpecReader, node: DraftNode): ReadonlySet<string> {
  const places = new Map<string, Place | undefined>([['lo', undefined]]);
  if (node.kind === 'bridge') places.set(BRIDGE_DEVICE, undefined);
  for (const name of node.occupied?.names ?? []) places.set(name, undefined);
  for (const end of node.ends) {
    if (end.interface === undefined) continue;
    const place = end.place.at('interface');
    if (!places.has(end.interface)) {
      places.set(end.interface, place);
      continue;
    }
    const present = node.kind === 'bridge' ? 'the bridge itself' : 'an interface that is there already';
    const owner = places.get(end.interface) ?? (end.interface === 'lo' ? 'its loopback' : present);
    reader.add(place, `${quote(end.interface)} of ${quote(node.name)} is taken by ${owner}`);
  }
  return new Set(places.keys());
}

/** The MAC addresses that are given, each once in the lab. */
function collectMacs(reader: SpecReader, draft: LabDraft): ReadonlySet<string> {
  const places = new Map<string, Place>();
  for (const link of draft.links) {
    for (const end of link.ends) {
      if (end?.macAddress === undefined) continue;
      const place = end.place.at('macAddress');
      const first = places.get(end.macAddress);
      if (first === undefined) places.set(end.macAddress, place);
      else reader.add(place, `${quote(end.macAddress)} is taken by ${first}`);
    }
  }
  return new Set(places.keys());
}

/** Locally administered, of one interface: the first byte is 02. */
function formatMac(number: number): string {
  const digits = number.toString(16).padStart(8, '0');
  return `02:00:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6)}`;
}
