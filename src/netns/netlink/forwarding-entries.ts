import { AF } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import {
  findChoiceProblems,
  findMacProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  type Range,
  throwProblems,
} from './checks.js';
import { findIpProblems, parseIpAddress, readIpAddress } from './ip-address.js';
import { formatMacAddress, parseMacAddress } from './mac-address.js';
import { malformed } from './malformed.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, NLM_F, RTM } from './message.js';
import { decodeNeighbourHeader, encodeNeighbourHeader, NDA, NEIGHBOUR_HEADER_BYTES, NTF } from './neighbour-header.js';

const VLAN_RANGE: Range = [1, 4094];

/**
 * How an entry came to be there: `static` was put there and stays, `dynamic` was learned or ages as if it had been,
 * `local` is an address of the bridge's own, whose frames it takes in.
 */
export type ForwardingStatus = 'static' | 'dynamic' | 'local';

const NUD = { REACHABLE: 0x02, NOARP: 0x40, PERMANENT: 0x80 } as const;
/** A bridge takes NOARP for static; a vxlan takes none that is not REACHABLE or PERMANENT, and lets those with NOARP not age. */
const STATES: Readonly<Record<ForwardingStatus, number>> = {
  static: NUD.NOARP | NUD.REACHABLE,
  dynamic: NUD.REACHABLE,
  local: NUD.PERMANENT,
};

/** Which entry, and whose: of the bridge that `ifindex` is a port of, or of the device itself, such as a vxlan. */
export interface ForwardingPlace {
  /** The port, or the vxlan. */
  readonly ifindex: number;
  /** `02:00:00:00:00:01`; of a vxlan, `00:00:00:00:00:00` stands for all that are not known. */
  readonly macAddress: string;
  /** `master` is the bridge of the port, `self` the device. @defaultValue 'master' */
  readonly owner?: 'master' | 'self';
  /** @defaultValue all */
  readonly vlanId?: number;
  /** A vxlan's: the address that frames are sent to. */
  readonly destination?: string;
}

export interface AddForwardingEntryOptions extends ForwardingPlace {
  /** @defaultValue 'static' */
  readonly state?: ForwardingStatus;
  /**
   * NLM_F_EXCL: EEXIST for one that is there already, which else is replaced. A vxlan has several destinations of
   * `00:00:00:00:00:00`: `append` adds one more. @defaultValue 'exclusive'
   */
  readonly mode?: 'exclusive' | 'replace' | 'append';
}

/** An entry of a bridge's or vxlan's table as the kernel lists it. */
export interface ForwardingEntry {
  readonly ifindex: number;
  readonly macAddress: string;
  readonly state: ForwardingStatus;
  readonly owner: 'master' | 'self';
  /** The bridge. */
  readonly masterIndex: number | undefined;
  readonly vlanId: number | undefined;
  readonly destination: string | undefined;
}

/**
 * Adds an entry to a bridge's or a vxlan's table. EINVAL for a link that is no port of a bridge; EOPNOTSUPP for a device
 * without a table; EEXIST (net/core/rtnetlink.c, rtnl_fdb_add; net/bridge/br_fdb.c, fdb_add_entry).
 *
 * @throws UsageError
 */
export function encodeAddForwardingEntry(options: AddForwardingEntryOptions): NetlinkRequest {
  const { state = 'static', mode = 'exclusive' } = options;
  throwProblems('encodeAddForwardingEntry', [
    ...findPlaceProblems(options),
    ...findChoiceProblems('state', state, Object.keys(STATES)),
    ...findChoiceProblems('mode', mode, ['exclusive', 'replace', 'append']),
  ]);
  const flags = { exclusive: NLM_F.EXCL, replace: NLM_F.REPLACE, append: NLM_F.APPEND }[mode];
  const payload = encodeEntry(options, STATES[state]);
  return createRequest('RTM_NEWNEIGH', payload, `add ${describe(options)}`, NLM_F.CREATE | flags);
}

/** Removes an entry. ENOENT; EINVAL (net/core/rtnetlink.c, rtnl_fdb_del). @throws UsageError */
export function encodeRemoveForwardingEntry(place: ForwardingPlace): NetlinkRequest {
  throwProblems('encodeRemoveForwardingEntry', findPlaceProblems(place));
  return createRequest('RTM_DELNEIGH', encodeEntry(place, 0), `remove ${describe(place)}`);
}

export interface ListForwardingEntriesOptions {
  /** Only those of this bridge. @defaultValue all */
  readonly masterIndex?: number;
  /** Only those of this port. @defaultValue all */
  readonly ifindex?: number;
}

/** Lists entries, for `dump` and {@link decodeForwardingEntries}. @throws UsageError */
export function encodeListForwardingEntries(options: ListForwardingEntriesOptions = {}): NetlinkRequest {
  const { masterIndex, ifindex } = options;
  throwProblems('encodeListForwardingEntries', [
    ...findOptionalRangeProblems('masterIndex', masterIndex, INDEX_RANGE),
    ...findOptionalRangeProblems('ifindex', ifindex, INDEX_RANGE),
  ]);
  const writer = new AttributeWriter(
    encodeNeighbourHeader({ family: AF.BRIDGE, ...(ifindex === undefined ? {} : { ifindex }) }),
  );
  if (masterIndex !== undefined) writer.u32(NDA.MASTER, masterIndex);
  return createRequest('RTM_GETNEIGH', writer.finish(), 'list forwarding entries');
}

/** @throws KernelError EBADMSG */
export function decodeForwardingEntry(message: NetlinkMessage): ForwardingEntry {
  const { family, ifindex, state, flags } = decodeNeighbourHeader(message);
  if (family !== AF.BRIDGE) throw malformed('a forwarding entry', `Its family is ${family}, which is not of a bridge`);
  const attributes = new Attributes(message.payload.subarray(NEIGHBOUR_HEADER_BYTES));
  return {
    ifindex,
    macAddress: formatMacAddress(attributes.bytes(NDA.LLADDR) ?? new Uint8Array()),
    state: decodeState(state),
    owner: (flags & NTF.SELF) !== 0 ? 'self' : 'master',
    masterIndex: attributes.u32(NDA.MASTER),
    vlanId: attributes.u16(NDA.VLAN),
    destination: readIpAddress(attributes, NDA.DST),
  };
}

/** The entries of a dump. */
export function decodeForwardingEntries(messages: readonly NetlinkMessage[]): readonly ForwardingEntry[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWNEIGH && payload[0] === AF.BRIDGE)
    .map(decodeForwardingEntry);
}

function decodeState(state: number): ForwardingStatus {
  if ((state & NUD.PERMANENT) !== 0) return 'local';
  return (state & NUD.NOARP) === 0 ? 'dynamic' : 'static';
}

function encodeEntry(place: ForwardingPlace, state: number): Uint8Array {
  const { ifindex, macAddress, owner = 'master', vlanId, destination } = place;
  const flags = owner === 'self' ? NTF.SELF : NTF.MASTER;
  const writer = new AttributeWriter(encodeNeighbourHeader({ family: AF.BRIDGE, ifindex, state, flags }));
  writer.bytes(NDA.LLADDR, parseMacAddress(macAddress));
  if (destination !== undefined) writer.bytes(NDA.DST, parseIpAddress(destination));
  if (vlanId !== undefined) writer.u16(NDA.VLAN, vlanId);
  return writer.finish();
}

function describe({ macAddress, ifindex }: ForwardingPlace): string {
  return `forwarding entry ${macAddress} of interface ${ifindex}`;
}

function findPlaceProblems(place: ForwardingPlace): readonly string[] {
  return [
    ...findRangeProblems('ifindex', place.ifindex, INDEX_RANGE),
    ...(place.macAddress === undefined
      ? ['macAddress must be given']
      : findMacProblems('macAddress', place.macAddress)),
    ...findChoiceProblems('owner', place.owner, ['master', 'self']),
    ...findOptionalRangeProblems('vlanId', place.vlanId, VLAN_RANGE),
    ...findIpProblems('destination', place.destination),
  ];
}
