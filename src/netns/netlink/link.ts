import { AF } from './address-family.js';
import { Attributes } from './attributes.js';
import { type BridgeState, decodeBridge } from './bridge.js';
import { type BridgePortState, decodeBridgePort } from './bridge-port.js';
import { decodeLinkHeader, IFF, IFLA, IFLA_INFO, LINK_HEADER_BYTES } from './link-header.js';
import { decodeLinkStatistics, type LinkStatistics } from './link-statistics.js';
import { formatMacAddress } from './mac-address.js';
import { type NetlinkMessage, RTM } from './message.js';
import { decodeMacvlanMode, decodeVlan, decodeVrfTable, type MacvlanMode, type VlanState } from './stacked-links.js';
import { decodeVxlan, type VxlanState } from './vxlan.js';
import { decodeXdp, type XdpState } from './xdp.js';

/** RFC 2863, in the numbers of include/uapi/linux/if.h. */
const OPERATIONAL_STATES = ['unknown', 'not-present', 'down', 'lower-layer-down', 'testing', 'dormant', 'up'] as const;

/** A network link as the kernel lists it. */
export interface LinkState {
  readonly index: number;
  readonly name: string;
  /** All IFF_ flags. */
  readonly flags: number;
  /** Switched on (IFF_UP). */
  readonly isUp: boolean;
  /** There is a carrier (IFF_LOWER_UP). */
  readonly hasCarrier: boolean;
  readonly operationalState: (typeof OPERATIONAL_STATES)[number];
  readonly mtuBytes: number | undefined;
  readonly macAddress: string | undefined;
  /** `veth`, `bridge`…; `undefined` for devices that nobody created, such as `lo`. */
  readonly kind: string | undefined;
  /** The bridge or other link that this one is a port of. */
  readonly masterIndex: number | undefined;
  /** IFLA_LINK: the peer of a veth, the lower device of others. Its index counts in {@link linkedNetnsId}'s namespace. */
  readonly linkedIndex: number | undefined;
  /** The namespace of the linked device, by the id that this one knows it by; `undefined` when it is the same. */
  readonly linkedNetnsId: number | undefined;
  /** Further names. */
  readonly altNames: readonly string[];
  readonly txQueueLength: number | undefined;
  readonly group: number | undefined;
  /** How many want it to take in frames to any address. */
  readonly promiscuity: number | undefined;
  /** How many want it to take in frames to any group (Linux 6.0). */
  readonly allMulticast: number | undefined;
  /** How often the carrier came or went. */
  readonly carrierChanges: number | undefined;
  /** The root qdisc: `noqueue`, `netem`… */
  readonly qdisc: string | undefined;
  /** Everywhere but in what a bridge says of its ports. */
  readonly statistics: LinkStatistics | undefined;
  readonly xdp: XdpState;
  /** What is particular to the kind of link; `undefined` for other kinds. */
  readonly bridge: BridgeState | undefined;
  readonly macvlanMode: MacvlanMode | undefined;
  readonly tun: TunState | undefined;
  readonly vlan: VlanState | undefined;
  readonly vrfTable: number | undefined;
  readonly vxlan: VxlanState | undefined;
  /** For a port of a bridge. */
  readonly bridgePort: BridgePortState | undefined;
}

/** A link of the tun driver as the kernel lists it. */
export interface TunState {
  /** `tap` carries Ethernet, `tun` IP. */
  readonly mode: 'tun' | 'tap';
  /** It stays when nobody holds it open. */
  readonly isPersistent: boolean;
}

/** IFLA_TUN_* of include/uapi/linux/if_link.h, and IFF_TAP of if_tun.h. */
const IFLA_TUN = { TYPE: 3, PERSIST: 6 } as const;
const IFF_TAP = 2;

/** @throws KernelError EBADMSG */
export function decodeLink(message: NetlinkMessage): LinkState {
  const { family, index, flags } = decodeLinkHeader(message);
  const attributes = new Attributes(message.payload.subarray(LINK_HEADER_BYTES));
  const address = attributes.bytes(IFLA.ADDRESS);
  const statistics = attributes.bytes(IFLA.STATS64);
  const info = attributes.nested(IFLA.LINKINFO);
  const kind = info?.string(IFLA_INFO.KIND);
  const dataOf = (wanted: string) => (kind === wanted ? info?.nested(IFLA_INFO.DATA) : undefined);
  // A bridge tells of its ports in messages of its own family, with the same attributes elsewhere.
  const port = family === AF.BRIDGE ? attributes.nested(IFLA.PROTINFO) : portDataOf(info);
  return {
    index,
    name: attributes.string(IFLA.IFNAME) ?? '',
    flags,
    isUp: (flags & IFF.UP) !== 0,
    hasCarrier: (flags & IFF.LOWER_UP) !== 0,
    operationalState: nameOperationalState(attributes.u8(IFLA.OPERSTATE)),
    mtuBytes: attributes.u32(IFLA.MTU),
    macAddress: address === undefined ? undefined : formatMacAddress(address),
    kind,
    masterIndex: attributes.u32(IFLA.MASTER),
    linkedIndex: attributes.u32(IFLA.LINK),
    linkedNetnsId: attributes.s32(IFLA.LINK_NETNSID),
    altNames: attributes.nested(IFLA.PROP_LIST)?.strings(IFLA.ALT_IFNAME) ?? [],
    txQueueLength: attributes.u32(IFLA.TXQLEN),
    group: attributes.u32(IFLA.GROUP),
    promiscuity: attributes.u32(IFLA.PROMISCUITY),
    allMulticast: attributes.u32(IFLA.ALLMULTI),
    carrierChanges: attributes.u32(IFLA.CARRIER_CHANGES),
    qdisc: attributes.string(IFLA.QDISC),
    statistics: statistics === undefined ? undefined : decodeLinkStatistics(statistics),
    xdp: decodeXdp(attributes.nested(IFLA.XDP)),
    bridge: decode(dataOf('bridge'), decodeBridge),
    macvlanMode: decode(dataOf('macvlan'), decodeMacvlanMode),
    tun: decode(dataOf('tun'), decodeTun),
    vlan: decode(dataOf('vlan'), decodeVlan),
    vrfTable: decode(dataOf('vrf'), decodeVrfTable),
    vxlan: decode(dataOf('vxlan'), decodeVxlan),
    bridgePort: decode(port, decodeBridgePort),
  };
}

/** The name of an IF_OPER_ number. */
export function nameOperationalState(state: number | undefined): LinkState['operationalState'] {
  return OPERATIONAL_STATES[state ?? 0] ?? 'unknown';
}

function decode<T>(data: Attributes | undefined, read: (data: Attributes) => T): T | undefined {
  return data === undefined ? undefined : read(data);
}

function portDataOf(info: Attributes | undefined): Attributes | undefined {
  return info?.string(IFLA_INFO.SLAVE_KIND) === 'bridge' ? info.nested(IFLA_INFO.SLAVE_DATA) : undefined;
}

function decodeTun(data: Attributes): TunState {
  return {
    mode: data.u8(IFLA_TUN.TYPE) === IFF_TAP ? 'tap' : 'tun',
    isPersistent: (data.u8(IFLA_TUN.PERSIST) ?? 0) !== 0,
  };
}

/** The links of a dump. */
export function decodeLinks(messages: readonly NetlinkMessage[]): readonly LinkState[] {
  return messages.filter(({ type }) => type === RTM.RTM_NEWLINK).map(decodeLink);
}
