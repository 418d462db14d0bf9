import { Attributes } from './attributes.js';
import { decodeLinkHeader, IFF, IFLA, IFLA_INFO, LINK_HEADER_BYTES } from './link-header.js';
import { formatMacAddress } from './mac-address.js';
import { type NetlinkMessage, RTM } from './message.js';
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
  readonly xdp: XdpState;
}

/** @throws KernelError EBADMSG */
export function decodeLink(message: NetlinkMessage): LinkState {
  const { index, flags } = decodeLinkHeader(message);
  const attributes = new Attributes(message.payload.subarray(LINK_HEADER_BYTES));
  const address = attributes.bytes(IFLA.ADDRESS);
  return {
    index,
    name: attributes.string(IFLA.IFNAME) ?? '',
    flags,
    isUp: (flags & IFF.UP) !== 0,
    hasCarrier: (flags & IFF.LOWER_UP) !== 0,
    operationalState: OPERATIONAL_STATES[attributes.u8(IFLA.OPERSTATE) ?? 0] ?? 'unknown',
    mtuBytes: attributes.u32(IFLA.MTU),
    macAddress: address === undefined ? undefined : formatMacAddress(address),
    kind: attributes.nested(IFLA.LINKINFO)?.string(IFLA_INFO.KIND),
    masterIndex: attributes.u32(IFLA.MASTER),
    linkedIndex: attributes.u32(IFLA.LINK),
    linkedNetnsId: attributes.s32(IFLA.LINK_NETNSID),
    xdp: decodeXdp(attributes.nested(IFLA.XDP)),
  };
}

/** The links of a dump. */
export function decodeLinks(messages: readonly NetlinkMessage[]): readonly LinkState[] {
  return messages.filter(({ type }) => type === RTM.RTM_NEWLINK).map(decodeLink);
}
