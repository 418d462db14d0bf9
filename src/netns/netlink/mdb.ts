import { AF } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { Attributes, viewOf } from './attributes.js';
import {
  findBooleanProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  type Range,
  throwProblems,
} from './checks.js';
import { familyOf, findIpProblems, formatIpAddress, isIpAddress, parseIpAddress, readIpAddress } from './ip-address.js';
import { formatMacAddress } from './mac-address.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, NLM_F, RTM, readHeader } from './message.js';

/** struct br_port_msg: family, padding, index of the bridge. */
const HEADER_BYTES = 8;
/** struct br_mdb_entry: port, state, flags, VLAN, address of 16 bytes, protocol, padding. */
const ENTRY_BYTES = 28;

/** Attributes of include/uapi/linux/if_bridge.h. */
const MDBA = { MDB: 1, ROUTER: 2 } as const;
const MDBA_ENTRY = 1;
const MDBA_ENTRY_INFO = 1;
const MDBA_ROUTER_PORT = 1;
const MDBA_EATTR = { TIMER: 1, SOURCE: 4 } as const;
const MDBA_SET = { ENTRY: 1, ATTRIBUTES: 2 } as const;
const MDBE_SOURCE = 1;
const ETH_P = { IPV4: 0x0800, IPV6: 0x86dd } as const;
/** MDB_FLAGS_* */
const MDB_FLAGS = { FAST_LEAVE: 2, STAR_EXCLUDE: 4, BLOCKED: 8 } as const;
/** Timers go in USER_HZ, hundredths of a second. */
const MS_PER_TICK = 10;
const VLAN_RANGE: Range = [1, 4094];

/** Which group on which port. */
export interface MdbPlace {
  readonly bridgeIndex: number;
  /** A port of the bridge, or the bridge itself for a group that it takes in (Linux 5.10: `temporary` only). */
  readonly portIndex: number;
  /** `239.1.2.3` or `ff0e::1` */
  readonly group: string;
  /** Only what this one sends. @defaultValue any */
  readonly source?: string;
  /** @defaultValue none */
  readonly vlanId?: number;
}

export interface AddMdbEntryOptions extends MdbPlace {
  /** It does not end; else it ends after the bridge's membership interval. @defaultValue true */
  readonly permanent?: boolean;
}

/** An entry of a bridge's multicast database as the kernel lists it. */
export interface MdbEntry {
  readonly bridgeIndex: number;
  readonly portIndex: number;
  /** An address; of Ethernet where the group is of no IP. */
  readonly group: string;
  readonly source: string | undefined;
  readonly vlanId: number | undefined;
  /** Put there by hand for good. Reports make entries that end. */
  readonly isPermanent: boolean;
  /** All MDB_FLAGS_ flags. */
  readonly flags: number;
  readonly isFastLeave: boolean;
  /** The port excludes some sources. */
  readonly isStarExclude: boolean;
  /** The port gets nothing of this source. */
  readonly isBlocked: boolean;
  /** How long it still lasts; 0 for a permanent one. */
  readonly remainingMs: number | undefined;
}

/** What a bridge knows of multicast. */
export interface MdbState {
  readonly entries: readonly MdbEntry[];
  /** The ports that get all groups, by bridge. */
  readonly routerPorts: readonly { readonly bridgeIndex: number; readonly portIndex: number }[];
}

/**
 * Puts a group on a port. EEXIST; ENODEV "Bridge doesn't exist"; EINVAL for a bridge that is down or does not snoop
 * "Bridge's multicast processing is disabled", for a port of another, for what is no group, and, if
 * it is not permanent, for a port that does not forward yet (net/core/rtnetlink.c,
 * rtnl_mdb_add; net/bridge/br_mdb.c, br_mdb_add).
 *
 * @throws UsageError
 */
export function encodeAddMdbEntry(options: AddMdbEntryOptions): NetlinkRequest {
  throwProblems('encodeAddMdbEntry', [
    ...findPlaceProblems(options),
    ...findBooleanProblems('permanent', options.permanent),
  ]);
  const payload = encodeEntry(options, options.permanent ?? true);
  return createRequest('RTM_NEWMDB', payload, `add ${describe(options)}`, NLM_F.CREATE | NLM_F.EXCL);
}

/** Takes a group off a port. EINVAL or ENOENT when it is not there (br_mdb_del). @throws UsageError */
export function encodeRemoveMdbEntry(place: MdbPlace): NetlinkRequest {
  throwProblems('encodeRemoveMdbEntry', findPlaceProblems(place));
  return createRequest('RTM_DELMDB', encodeEntry(place, true), `remove ${describe(place)}`);
}

/** Lists the multicast databases of all bridges, for `dump` and {@link decodeMdb}. */
export function encodeListMdb(): NetlinkRequest {
  return createRequest('RTM_GETMDB', encodeHeader(0), 'list multicast databases');
}

/** The databases of a dump, or those of one bridge; or what a notification tells. @throws KernelError EBADMSG */
export function decodeMdb(messages: readonly NetlinkMessage[], bridgeIndex?: number): MdbState {
  const states = messages
    .filter(({ type }) => type === RTM.RTM_NEWMDB || type === RTM.RTM_DELMDB || type === RTM.RTM_GETMDB)
    .map(decodeMdbMessage);
  const isWanted = (item: { readonly bridgeIndex: number }) =>
    bridgeIndex === undefined || item.bridgeIndex === bridgeIndex;
  return {
    entries: states.flatMap(({ entries }) => entries).filter(isWanted),
    routerPorts: states.flatMap(({ routerPorts }) => routerPorts).filter(isWanted),
  };
}

/** What one message tells: a dump has one for each bridge. @throws KernelError EBADMSG */
export function decodeMdbMessage(message: NetlinkMessage): MdbState {
  const bridgeIndex = readHeader(message, 'a multicast database', HEADER_BYTES).getUint32(4, true);
  const attributes = new Attributes(message.payload.subarray(HEADER_BYTES));
  return {
    entries: attributes
      .lists(MDBA.MDB)
      .flatMap((mdb) => mdb.lists(MDBA_ENTRY))
      .flatMap((entry) => [...entry].filter(({ type }) => type === MDBA_ENTRY_INFO))
      .filter(({ value }) => value.length >= ENTRY_BYTES)
      .map(({ value }) => decodeEntry(bridgeIndex, value)),
    routerPorts: attributes
      .lists(MDBA.ROUTER)
      .flatMap((router) => [...router])
      .filter(({ type, value }) => type === MDBA_ROUTER_PORT && value.length >= 4)
      .map(({ value }) => ({ bridgeIndex, portIndex: viewOf(value).getUint32(0, true) })),
  };
}

function decodeEntry(bridgeIndex: number, bytes: Uint8Array): MdbEntry {
  const view = viewOf(bytes);
  const attributes = new Attributes(bytes.subarray(ENTRY_BYTES));
  const flags = view.getUint8(5);
  const vlanId = view.getUint16(6, true);
  const timer = attributes.u32(MDBA_EATTR.TIMER);
  return {
    bridgeIndex,
    portIndex: view.getUint32(0, true),
    group: decodeGroup(bytes.subarray(8, 24), view.getUint16(24)),
    source: readIpAddress(attributes, MDBA_EATTR.SOURCE),
    vlanId: vlanId === 0 ? undefined : vlanId,
    isPermanent: (view.getUint8(4) & 1) !== 0,
    flags,
    isFastLeave: (flags & MDB_FLAGS.FAST_LEAVE) !== 0,
    isStarExclude: (flags & MDB_FLAGS.STAR_EXCLUDE) !== 0,
    isBlocked: (flags & MDB_FLAGS.BLOCKED) !== 0,
    remainingMs: timer === undefined ? undefined : timer * MS_PER_TICK,
  };
}

function decodeGroup(bytes: Uint8Array, protocol: number): string {
  if (protocol === ETH_P.IPV4) return formatIpAddress(bytes.subarray(0, 4));
  return protocol === ETH_P.IPV6 ? formatIpAddress(bytes) : formatMacAddress(bytes.subarray(0, 6));
}

function encodeHeader(bridgeIndex: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes[0] = AF.BRIDGE;
  viewOf(bytes).setUint32(4, bridgeIndex, true);
  return bytes;
}

function encodeEntry({ bridgeIndex, portIndex, group, source, vlanId = 0 }: MdbPlace, permanent: boolean): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES);
  const view = viewOf(entry);
  view.setUint32(0, portIndex, true);
  view.setUint8(4, permanent ? 1 : 0);
  view.setUint16(6, vlanId, true);
  entry.set(parseIpAddress(group), 8);
  view.setUint16(24, familyOf(group) === 'ipv4' ? ETH_P.IPV4 : ETH_P.IPV6);
  const writer = new AttributeWriter(encodeHeader(bridgeIndex)).bytes(MDBA_SET.ENTRY, entry);
  if (source !== undefined) {
    writer.nested(MDBA_SET.ATTRIBUTES, (attributes) => attributes.bytes(MDBE_SOURCE, parseIpAddress(source)));
  }
  return writer.finish();
}

function describe({ group, portIndex, bridgeIndex }: MdbPlace): string {
  return `group ${group} on port ${portIndex} of bridge ${bridgeIndex}`;
}

function findPlaceProblems(place: MdbPlace): readonly string[] {
  const { bridgeIndex, portIndex, group, source, vlanId } = place;
  const family = isIpAddress(group) ? familyOf(group) : undefined;
  return [
    ...findRangeProblems('bridgeIndex', bridgeIndex, INDEX_RANGE),
    ...findRangeProblems('portIndex', portIndex, INDEX_RANGE),
    ...(group === undefined ? ['group must be given'] : findIpProblems('group', group)),
    ...findIpProblems('source', source, family),
    ...findOptionalRangeProblems('vlanId', vlanId, VLAN_RANGE),
  ];
}
