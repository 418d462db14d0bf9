import { bitsOf, type IpFamily } from '../../netlink/ip-address.js';
import type { DraftAddress, DraftSubnet, LabDraft } from '../read/draft.js';
import {
  contains,
  formatNetwork,
  type IpNetwork,
  networkAround,
  networkAroundNumber,
  numberToAddress,
  overlaps,
} from '../read/ip-network.js';
import type { SpecReader } from '../read/place.js';
import type { Segment } from './segments.js';

/** Where the chosen networks of IPv4 come from: 65,536 of length 24. */
const POOL = networkAround('10.0.0.0', 8);
const BLOCKS = 1 << 16;
const BLOCK_LENGTH = 24;
const LINK_LOCAL = networkAround('fe80::', 10);

/** Whether an address of IPv6 means something on its link alone. */
export function isLinkLocal({ family, value }: { readonly family: IpFamily; readonly value: bigint }): boolean {
  return contains(LINK_LOCAL, family, value);
}

/** The networks of each segment. The first of each family is the one that addresses are chosen from. */
export function chooseNetworks(
  reader: SpecReader,
  draft: LabDraft,
  segments: readonly Segment[],
): ReadonlyMap<Segment, readonly IpNetwork[]> {
  const given = new Map(segments.map((segment) => [segment, collectGiven(reader, segment)]));
  checkOverlaps(reader, given);
  const chooser = new NetworkChooser(collectTaken(draft, given));
  return new Map(
    segments.map((segment) => {
      const networks = (given.get(segment) ?? []).map(({ network }) => network);
      const needed = segment.ends.filter(({ addresses }) => addresses === undefined).length;
      const families = draft.families.filter((family) => !networks.some((each) => each.family === family));
      if (needed === 0 || families.length === 0) return [segment, networks];
      const chosen = chooser.choose(families, needed);
      if (chosen === undefined) {
        const place = segment.bridges[0]?.place ?? segment.links[0]?.place;
        if (place !== undefined) reader.add(place.at('subnets'), 'must be given, for no network is left in 10.0.0.0/8');
      }
      return [segment, [...networks, ...(chosen ?? [])]];
    }),
  );
}

/** Networks that the spec gives a segment: its subnets, and where it has none of a family, those of its addresses. */
function collectGiven(reader: SpecReader, segment: Segment): readonly DraftSubnet[] {
  const given: DraftSubnet[] = [];
  const add = (each: DraftSubnet) => {
    if (!given.some(({ network }) => isSame(network, each.network))) given.push(each);
  };
  segment.subnets.forEach(add);
  const subnets = segment.subnets;
  const isDoubtful = segment.bridges.some((each) => each.isDoubtful) || segment.links.some((each) => each.isDoubtful);
  for (const end of segment.ends) {
    for (const address of end.addresses ?? []) {
      if (address.network.prefixLength === bitsOf(address.family) || isLinkLocal(address)) continue;
      const allowed = subnets.filter(({ network }) => network.family === address.family);
      if (allowed.length === 0) add(address);
      else if (!isDoubtful) checkInside(reader, address, allowed);
    }
  }
  return given;
}

function checkInside(reader: SpecReader, address: DraftAddress, subnets: readonly DraftSubnet[]): void {
  if (subnets.some(({ network }) => isSame(network, address.network))) return;
  const received = `${numberToAddress(address.family, address.value)}/${address.network.prefixLength}`;
  const around = subnets.find(({ network }) => contains(network, address.family, address.value));
  const expected =
    around === undefined
      ? `must be in ${subnets.map(({ network, place }) => `${formatNetwork(network)} (${place})`).join(' or ')}`
      : `must have the prefix length of ${formatNetwork(around.network)} (${around.place})`;
  reader.refuse(address.place, expected, received);
}

/** Refuses networks that have addresses in common: one would hide the other. */
function checkOverlaps(reader: SpecReader, given: ReadonlyMap<Segment, readonly DraftSubnet[]>): void {
  const all = [...given].flatMap(([segment, list]) => list.map((each) => ({ ...each, segment })));
  const ranks = new Map(all.map((each, rank) => [each, rank]));
  const rank = (each: (typeof all)[number]) => ranks.get(each) ?? 0;
  // In this order a network comes after all that contain it, and next to them.
  const sorted = all.toSorted(({ network: a }, { network: b }) => {
    if (a.family !== b.family) return a.family < b.family ? -1 : 1;
    return a.base === b.base ? a.prefixLength - b.prefixLength : a.base < b.base ? -1 : 1;
  });
  const around: (typeof all)[number][] = [];
  for (const each of sorted) {
    while (around.length > 0 && !overlaps(around.at(-1)?.network ?? each.network, each.network)) around.pop();
    const outer = around.at(-1);
    around.push(each);
    if (outer === undefined) continue;
    const [first, second] = rank(outer) < rank(each) ? [outer, each] : [each, outer];
    const relation = first.segment === second.segment ? 'of the same segment' : 'of another segment';
    reader.add(
      second.place,
      `${formatNetwork(second.network)} overlaps ${formatNetwork(first.network)} ${relation} (${first.place})`,
    );
  }
}

/** What chosen networks must keep clear of: all that has addresses. A route may well lead to a chosen network. */
function collectTaken(draft: LabDraft, given: ReadonlyMap<Segment, readonly DraftSubnet[]>): readonly IpNetwork[] {
  const nodes = [...draft.nodes.values()];
  const single = (family: IpFamily, value: bigint) => networkAroundNumber(family, value, bitsOf(family));
  return [
    ...[...given.values()].flatMap((list) => list.map(({ network }) => network)),
    ...draft.links.flatMap(({ ends }) =>
      ends.flatMap((end) => (end?.addresses ?? []).map(({ family, value }) => single(family, value))),
    ),
    ...nodes.flatMap(({ loopback }) => loopback.map(({ network }) => network)),
    ...nodes.flatMap(({ occupied }) => occupied?.networks ?? []),
  ];
}

/** Deals out 10.x.y.0/24 and fd00:x:y::/64, with the same x and y for both families of a segment. */
class NetworkChooser {
  readonly #taken: readonly IpNetwork[];
  #next = 0;

  constructor(taken: readonly IpNetwork[]) {
    this.#taken = taken.filter((each) => each.family === 'ipv6' || overlaps(each, POOL));
  }

  /** @param count - How many machines need an address; more than 254 get a wider network. */
  choose(families: readonly IpFamily[], count: number): readonly IpNetwork[] | undefined {
    let prefixLength = BLOCK_LENGTH;
    while (2 ** (32 - prefixLength) - 2 < count) prefixLength -= 1;
    const step = 2 ** (BLOCK_LENGTH - prefixLength);
    for (let block = Math.ceil(this.#next / step) * step; block + step <= BLOCKS; block += step) {
      const networks = families.map((family) => blockAt(family, block, prefixLength));
      if (networks.some((network) => this.#taken.some((each) => overlaps(each, network)))) continue;
      this.#next = block + step;
      return networks;
    }
    this.#next = BLOCKS;
    return undefined;
  }
}

function blockAt(family: IpFamily, block: number, prefixLength: number): IpNetwork {
  if (family === 'ipv4') return { family, base: POOL.base + (BigInt(block) << 8n), prefixLength };
  const base = (0xfd00n << 112n) | (BigInt(block >>> 8) << 96n) | (BigInt(block & 0xff) << 80n);
  return { family, base, prefixLength: 64 };
}

function isSame(a: IpNetwork, b: IpNetwork): boolean {
  return a.family === b.family && a.base === b.base && a.prefixLength === b.prefixLength;
}
