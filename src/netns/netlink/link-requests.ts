import { quote } from '../../core/errors.js';
import { AF } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import {
  findBooleanProblems,
  findChoiceProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  throwProblems,
} from './checks.js';
import { encodeLinkHeader, IFF, IFLA } from './link-header.js';
import { findNameProblems, findSettingsProblems, type LinkSettings, writeSettings } from './link-settings.js';
import { createRequest, type NetlinkRequest } from './message.js';
import { NumberNames } from './number-names.js';

/** Which link: by its index or by its name. */
export type LinkPlace = { readonly index: number } | { readonly name: string };

/** IN6_ADDR_GEN_MODE_ of include/uapi/linux/if_link.h. */
export type Ipv6AddressGeneration = 'eui64' | 'none' | 'random';

const IPV6_ADDRESS_GENERATIONS: NumberNames<Ipv6AddressGeneration> = new NumberNames([
  ['eui64', 0],
  ['none', 1],
  ['random', 3],
]);
/** Inside of IFLA_AF_SPEC and its AF_INET6. */
const IFLA_INET6_ADDR_GEN_MODE = 8;

export interface SetLinkOptions extends LinkSettings {
  readonly index: number;
  readonly isUp?: boolean;
  /** IFF_PROMISC: it takes in frames to any address. */
  readonly isPromiscuous?: boolean;
  /** IFF_ALLMULTI: it takes in frames to any group. */
  readonly isAllMulticast?: boolean;
  /** Not IFF_NOARP: its neighbours are asked for their addresses. */
  readonly hasArp?: boolean;
  /** Of a dummy or tun: whether it feigns a carrier. EOPNOTSUPP for others. */
  readonly hasCarrier?: boolean;
  /** How it makes its link-local address of IPv6 when it is set up. */
  readonly ipv6AddressGeneration?: Ipv6AddressGeneration;
  /** The index of the bridge that the link becomes a port of; 0 takes it off. */
  readonly masterIndex?: number;
  /** The index in the namespace that it moves to, beside `netnsFd`. @defaultValue the same if it is free there */
  readonly newIndex?: number;
}

export interface ListLinksOptions {
  /** Only the ports of this bridge. @defaultValue all links */
  readonly masterIndex?: number;
}

/**
 * Asks for one link, for `requestOne` and `decodeLink`. ENODEV (net/core/rtnetlink.c, rtnl_getlink).
 *
 * @throws UsageError
 */
export function encodeGetLink(place: LinkPlace): NetlinkRequest {
  throwProblems('encodeGetLink', findLinkPlaceProblems(place));
  const writer = new AttributeWriter(encodePlace(place));
  if ('name' in place) writer.string(IFLA.IFNAME, place.name);
  return createRequest('RTM_GETLINK', writer.finish(), `get ${describeLinkPlace(place)}`);
}

/** Lists the links of the namespace, for `dump` and `decodeLinks`. @throws UsageError */
export function encodeListLinks({ masterIndex }: ListLinksOptions = {}): NetlinkRequest {
  throwProblems('encodeListLinks', findOptionalRangeProblems('masterIndex', masterIndex, INDEX_RANGE));
  const writer = new AttributeWriter(encodeLinkHeader({}));
  if (masterIndex !== undefined) writer.u32(IFLA.MASTER, masterIndex);
  return createRequest('RTM_GETLINK', writer.finish(), 'list links');
}

/**
 * Changes a link: switches it on or off, renames it, makes it a port, moves it to another namespace. ENODEV, EEXIST for a
 * name or index that is taken, EINVAL (net/core/rtnetlink.c, do_setlink).
 *
 * @throws UsageError
 */
export function encodeSetLink(options: SetLinkOptions): NetlinkRequest {
  const { index, masterIndex, newIndex, netnsFd, hasCarrier, ipv6AddressGeneration } = options;
  throwProblems('encodeSetLink', [
    ...findLinkPlaceProblems({ index }),
    ...findSettingsProblems('', options),
    ...findOptionalRangeProblems('masterIndex', masterIndex, [0, 0x7fffffff]),
    ...findOptionalRangeProblems('newIndex', newIndex, INDEX_RANGE),
    ...findSwitchProblems(options),
    ...(newIndex !== undefined && netnsFd === undefined ? ['newIndex takes a netnsFd beside it'] : []),
  ]);
  const writer = new AttributeWriter(encodeLinkHeader({ index, ...encodeFlags(options) }));
  writeSettings(writer, options);
  if (masterIndex !== undefined) writer.u32(IFLA.MASTER, masterIndex);
  if (newIndex !== undefined) writer.s32(IFLA.NEW_IFINDEX, newIndex);
  if (hasCarrier !== undefined) writer.u8(IFLA.CARRIER, hasCarrier ? 1 : 0);
  if (ipv6AddressGeneration !== undefined) {
    const mode = IPV6_ADDRESS_GENERATIONS.numberOf(ipv6AddressGeneration);
    writer.nested(IFLA.AF_SPEC, (families) =>
      families.nested(AF.INET6, (ipv6) => ipv6.u8(IFLA_INET6_ADDR_GEN_MODE, mode)),
    );
  }
  return createRequest('RTM_SETLINK', writer.finish(), describeChange(options));
}

/**
 * Deletes a link; of a veth pair, both. ENODEV, EOPNOTSUPP for one that nobody created (net/core/rtnetlink.c,
 * rtnl_dellink).
 *
 * @throws UsageError
 */
export function encodeDeleteLink(place: LinkPlace): NetlinkRequest {
  throwProblems('encodeDeleteLink', findLinkPlaceProblems(place));
  const writer = new AttributeWriter(encodePlace(place));
  if ('name' in place) writer.string(IFLA.IFNAME, place.name);
  return createRequest('RTM_DELLINK', writer.finish(), `delete ${describeLinkPlace(place)}`);
}

export function findLinkPlaceProblems(place: LinkPlace): readonly string[] {
  if ('name' in place) return findNameProblems('name', place.name);
  return findRangeProblems('index', place.index, INDEX_RANGE);
}

function findSwitchProblems(options: SetLinkOptions): readonly string[] {
  const { isUp, isPromiscuous, isAllMulticast, hasArp, hasCarrier } = options;
  return [
    ...Object.entries({ isUp, isPromiscuous, isAllMulticast, hasArp, hasCarrier }).flatMap(([name, value]) =>
      findBooleanProblems(name, value),
    ),
    ...findChoiceProblems('ipv6AddressGeneration', options.ipv6AddressGeneration, IPV6_ADDRESS_GENERATIONS.names),
  ];
}

/** The flags that are given, and which these are. */
function encodeFlags(options: SetLinkOptions): { readonly flags: number; readonly changeMask: number } {
  const { isUp, isPromiscuous, isAllMulticast, hasArp } = options;
  const given: readonly (readonly [number, boolean | undefined])[] = [
    [IFF.UP, isUp],
    [IFF.PROMISC, isPromiscuous],
    [IFF.ALLMULTI, isAllMulticast],
    [IFF.NOARP, hasArp === undefined ? undefined : !hasArp],
  ];
  let flags = 0;
  let changeMask = 0;
  for (const [flag, value] of given) {
    if (value !== undefined) changeMask |= flag;
    if (value) flags |= flag;
  }
  return { flags, changeMask };
}

function encodePlace(place: LinkPlace): Uint8Array {
  return encodeLinkHeader('index' in place ? { index: place.index } : {});
}

function describeLinkPlace(place: LinkPlace): string {
  return 'name' in place ? `link ${quote(place.name)}` : `link ${place.index}`;
}

function describeChange({ index, isUp, netnsFd }: SetLinkOptions): string {
  if (netnsFd !== undefined) return `move link ${index} to another network namespace`;
  return isUp === undefined ? `change link ${index}` : `set link ${index} ${isUp ? 'up' : 'down'}`;
}
