import { quote } from '../../core/errors.js';
import { AttributeWriter } from './attribute-writer.js';
import {
  FD_RANGE,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  throwProblems,
  U32_RANGE,
} from './checks.js';
import { encodeLinkHeader, IFF, IFLA } from './link-header.js';
import { isMacAddress, parseMacAddress } from './mac-address.js';
import { createRequest, type NetlinkRequest } from './message.js';

/** Leaves counters out of answers, which makes them a third as long: RTEXT_FILTER_SKIP_STATS. */
const SKIP_STATISTICS = 8;
/** IFNAMSIZ without the NUL. */
const MAX_NAME_BYTES = 15;

/** Which link: by its index or by its name. */
export type LinkPlace = { readonly index: number } | { readonly name: string };

/** What may be said of a link when it is created, and changed later. */
export interface LinkSettings {
  /** At most 15 bytes. */
  readonly name?: string;
  readonly mtuBytes?: number;
  /** `02:00:00:00:00:01` */
  readonly macAddress?: string;
  /** The descriptor of the network namespace where the link is to be. */
  readonly netnsFd?: number;
}

export interface SetLinkOptions extends LinkSettings {
  readonly index: number;
  readonly isUp?: boolean;
  /** The index of the bridge that the link becomes a port of; 0 takes it off. */
  readonly masterIndex?: number;
  /** The index in the namespace that it moves to, beside `netnsFd`. @defaultValue the same if it is free there */
  readonly newIndex?: number;
}

/**
 * Asks for one link, for `requestOne` and `decodeLink`. ENODEV (net/core/rtnetlink.c, rtnl_getlink).
 *
 * @throws UsageError
 */
export function encodeGetLink(place: LinkPlace): NetlinkRequest {
  throwProblems('encodeGetLink', findLinkPlaceProblems(place));
  const writer = new AttributeWriter(encodePlace(place)).u32(IFLA.EXT_MASK, SKIP_STATISTICS);
  if ('name' in place) writer.string(IFLA.IFNAME, place.name);
  return createRequest('RTM_GETLINK', writer.finish(), `get ${describeLinkPlace(place)}`);
}

/** Lists the links of the namespace, for `dump` and `decodeLinks`. */
export function encodeListLinks(): NetlinkRequest {
  const payload = new AttributeWriter(encodeLinkHeader({})).u32(IFLA.EXT_MASK, SKIP_STATISTICS).finish();
  return createRequest('RTM_GETLINK', payload, 'list links');
}

/**
 * Changes a link: switches it on or off, renames it, makes it a port, moves it to another namespace. ENODEV, EEXIST for a
 * name or index that is taken, EINVAL (net/core/rtnetlink.c, do_setlink).
 *
 * @throws UsageError
 */
export function encodeSetLink(options: SetLinkOptions): NetlinkRequest {
  const { index, isUp, masterIndex, newIndex, netnsFd } = options;
  throwProblems('encodeSetLink', [
    ...findLinkPlaceProblems({ index }),
    ...findSettingsProblems('', options),
    ...findOptionalRangeProblems('masterIndex', masterIndex, [0, 0x7fffffff]),
    ...findOptionalRangeProblems('newIndex', newIndex, INDEX_RANGE),
    ...(newIndex !== undefined && netnsFd === undefined ? ['newIndex takes a netnsFd beside it'] : []),
  ]);
  const header = encodeLinkHeader({
    index,
    ...(isUp === undefined ? {} : { flags: isUp ? IFF.UP : 0, changeMask: IFF.UP }),
  });
  const writer = new AttributeWriter(header);
  writeSettings(writer, options);
  if (masterIndex !== undefined) writer.u32(IFLA.MASTER, masterIndex);
  if (newIndex !== undefined) writer.s32(IFLA.NEW_IFINDEX, newIndex);
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

/** Writes the settings that are given. */
export function writeSettings(writer: AttributeWriter, settings: LinkSettings): void {
  const { name, mtuBytes, macAddress, netnsFd } = settings;
  if (name !== undefined) writer.string(IFLA.IFNAME, name);
  if (mtuBytes !== undefined) writer.u32(IFLA.MTU, mtuBytes);
  if (macAddress !== undefined) writer.bytes(IFLA.ADDRESS, parseMacAddress(macAddress));
  if (netnsFd !== undefined) writer.u32(IFLA.NET_NS_FD, netnsFd);
}

/** What is wrong with settings; `prefix` goes before their names. */
export function findSettingsProblems(prefix: string, settings: LinkSettings): readonly string[] {
  const { name, mtuBytes, macAddress, netnsFd } = settings;
  return [
    ...(name === undefined ? [] : findNameProblems(`${prefix}name`, name)),
    ...findOptionalRangeProblems(`${prefix}mtuBytes`, mtuBytes, U32_RANGE),
    ...(macAddress === undefined || isMacAddress(macAddress)
      ? []
      : [`${prefix}macAddress must be one such as "02:00:00:00:00:01"; received ${quote(macAddress)}`]),
    ...findOptionalRangeProblems(`${prefix}netnsFd`, netnsFd, FD_RANGE),
  ];
}

/** net/core/dev.c, dev_valid_name; and `%`, with which the kernel would choose a name itself. */
export function findNameProblems(what: string, name: unknown): readonly string[] {
  const isValid =
    typeof name === 'string' &&
    /^[^\0/:%\s]+$/.test(name) &&
    name !== '.' &&
    name !== '..' &&
    new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
  if (isValid) return [];
  return [`${what} must have 1 to ${MAX_NAME_BYTES} bytes without "/", ":", "%" or spaces; received ${quote(name)}`];
}

export function findLinkPlaceProblems(place: LinkPlace): readonly string[] {
  if ('name' in place) return findNameProblems('name', place.name);
  return findRangeProblems('index', place.index, INDEX_RANGE);
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
