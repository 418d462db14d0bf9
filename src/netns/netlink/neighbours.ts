import { decodeFamily, encodeFamily } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import {
  findBooleanProblems,
  findChoiceProblems,
  findMacProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  throwProblems,
} from './checks.js';
import { familyOf, findIpProblems, type IpFamily, parseIpAddress, readIpAddress } from './ip-address.js';
import { formatMacAddress, parseMacAddress } from './mac-address.js';
import { malformed } from './malformed.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, NLM_F, RTM } from './message.js';
import {
  decodeNeighbourHeader,
  encodeNeighbourHeader,
  NDA,
  NEIGHBOUR_HEADER_BYTES,
  NEIGHBOUR_STATES,
  type NeighbourStatus,
  NTF,
} from './neighbour-header.js';

/** Which neighbour of which link. */
export interface NeighbourPlace {
  readonly ifindex: number;
  /** `192.0.2.1` or `2001:db8::1` */
  readonly address: string;
  /** NTF_PROXY: one that is answered for, with proxy_arp or proxy_ndp. @defaultValue false */
  readonly isProxy?: boolean;
}

export interface AddNeighbourOptions extends NeighbourPlace {
  /** `02:00:00:00:00:01`; needed for states in which it is known. */
  readonly macAddress?: string;
  /** @defaultValue 'permanent' */
  readonly state?: NeighbourStatus;
  /** NTF_ROUTER, of IPv6. @defaultValue false */
  readonly isRouter?: boolean;
  /** NLM_F_EXCL: EEXIST for one that is known already, which else is replaced. @defaultValue true */
  readonly exclusive?: boolean;
}

/** A neighbour as the kernel lists it: an entry of ARP or of neighbour discovery. */
export interface NeighbourState {
  readonly ifindex: number;
  readonly family: IpFamily;
  readonly address: string;
  readonly macAddress: string | undefined;
  readonly state: NeighbourStatus | number;
  readonly isProxy: boolean;
  readonly isRouter: boolean;
}

/**
 * Adds a neighbour. ENODEV; EEXIST; EINVAL "No link layer address given" for a state that needs one; for one to be
 * answered for, ENOBUFS (net/core/neighbour.c, neigh_add).
 *
 * @throws UsageError
 */
export function encodeAddNeighbour(options: AddNeighbourOptions): NetlinkRequest {
  const { ifindex, address, macAddress, state = 'permanent', isRouter = false, exclusive = true } = options;
  throwProblems('encodeAddNeighbour', [
    ...findPlaceProblems(options),
    ...findMacProblems('macAddress', macAddress),
    ...findChoiceProblems('state', state, NEIGHBOUR_STATES.names),
    ...findBooleanProblems('isRouter', options.isRouter),
    ...findBooleanProblems('exclusive', options.exclusive),
  ]);
  const writer = startNeighbour(options, NEIGHBOUR_STATES.numberOf(state), isRouter ? NTF.ROUTER : 0);
  if (macAddress !== undefined) writer.bytes(NDA.LLADDR, parseMacAddress(macAddress));
  return createRequest(
    'RTM_NEWNEIGH',
    writer.finish(),
    `add neighbour ${address} of interface ${ifindex}`,
    NLM_F.CREATE | (exclusive ? NLM_F.EXCL : NLM_F.REPLACE),
  );
}

/** Removes a neighbour. ENODEV; ENOENT (net/core/neighbour.c, neigh_delete). @throws UsageError */
export function encodeRemoveNeighbour(place: NeighbourPlace): NetlinkRequest {
  throwProblems('encodeRemoveNeighbour', findPlaceProblems(place));
  const action = `remove neighbour ${place.address} of interface ${place.ifindex}`;
  return createRequest('RTM_DELNEIGH', startNeighbour(place, 0, 0).finish(), action);
}

export interface ListNeighboursOptions {
  /** @defaultValue both */
  readonly family?: IpFamily;
  /** @defaultValue all links */
  readonly ifindex?: number;
  /** Those that are answered for; they are not among the others. @defaultValue false */
  readonly isProxy?: boolean;
}

/** Lists neighbours, for `dump` and {@link decodeNeighbours}. @throws UsageError */
export function encodeListNeighbours(options: ListNeighboursOptions = {}): NetlinkRequest {
  const { family, ifindex, isProxy = false } = options;
  throwProblems('encodeListNeighbours', [
    ...findChoiceProblems('family', family, ['ipv4', 'ipv6']),
    ...findOptionalRangeProblems('ifindex', ifindex, INDEX_RANGE),
    ...findBooleanProblems('isProxy', options.isProxy),
  ]);
  const header = encodeNeighbourHeader({ family: encodeFamily(family), flags: isProxy ? NTF.PROXY : 0 });
  const writer = new AttributeWriter(header);
  if (ifindex !== undefined) writer.u32(NDA.IFINDEX, ifindex);
  return createRequest('RTM_GETNEIGH', writer.finish(), 'list neighbours');
}

/** @throws KernelError EBADMSG, for a family that is not of IP too. */
export function decodeNeighbour(message: NetlinkMessage): NeighbourState {
  const header = decodeNeighbourHeader(message);
  const family = decodeFamily(header.family);
  if (family === undefined) throw malformed('a neighbour', `Its family is ${header.family}, which is not of IP`);
  const attributes = new Attributes(message.payload.subarray(NEIGHBOUR_HEADER_BYTES));
  const address = readIpAddress(attributes, NDA.DST);
  if (address === undefined) throw malformed('a neighbour', 'It has no address');
  const macAddress = attributes.bytes(NDA.LLADDR);
  return {
    ifindex: header.ifindex,
    family,
    address,
    macAddress: macAddress === undefined ? undefined : formatMacAddress(macAddress),
    state: NEIGHBOUR_STATES.nameOf(header.state) ?? header.state,
    isProxy: (header.flags & NTF.PROXY) !== 0,
    isRouter: (header.flags & NTF.ROUTER) !== 0,
  };
}

/** The neighbours of a dump, without those that are not of IP. */
export function decodeNeighbours(messages: readonly NetlinkMessage[]): readonly NeighbourState[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWNEIGH && decodeFamily(payload[0]) !== undefined)
    .map(decodeNeighbour);
}

function startNeighbour(place: NeighbourPlace, state: number, flags: number): AttributeWriter {
  const { ifindex, address, isProxy = false } = place;
  const family = encodeFamily(familyOf(address));
  const header = encodeNeighbourHeader({ family, ifindex, state, flags: flags | (isProxy ? NTF.PROXY : 0) });
  return new AttributeWriter(header).bytes(NDA.DST, parseIpAddress(address));
}

function findPlaceProblems({ ifindex, address, isProxy }: NeighbourPlace): readonly string[] {
  return [
    ...findRangeProblems('ifindex', ifindex, INDEX_RANGE),
    ...(address === undefined ? ['address must be given'] : findIpProblems('address', address)),
    ...findBooleanProblems('isProxy', isProxy),
  ];
}
