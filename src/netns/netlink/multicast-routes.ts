import { AF } from './address-family.js';
import { Attributes, viewOf } from './attributes.js';
import { findChoiceProblems, throwProblems } from './checks.js';
import { type IpFamily, readIpAddress } from './ip-address.js';
import { malformed } from './malformed.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, RTM, readHeader } from './message.js';
import { splitNexthops } from './route.js';
import { encodeRouteHeader, ROUTE_HEADER_BYTES, RTA } from './route-header.js';

const FAMILIES: Readonly<Record<IpFamily, number>> = { ipv4: AF.IPMR, ipv6: AF.IP6MR };

/** A route of multicast as the kernel lists it; they are made by setsockopt (MRT_ADD_MFC), not by netlink. */
export interface MulticastRouteState {
  readonly family: IpFamily;
  readonly group: string;
  /** `undefined`: any. */
  readonly source: string | undefined;
  /** The link that packets must come in by; `undefined` while the kernel waits for its router to say so. */
  readonly incomingIfindex: number | undefined;
  /** Where they leave by, and the least TTL with which they may. */
  readonly outgoing: readonly { readonly ifindex: number | undefined; readonly minimalTtl: number }[];
  readonly table: number | undefined;
  /** What went by it; exact up to 2⁵³. */
  readonly packets: number;
  readonly bytes: number;
  /** How many came in by another link. */
  readonly wrongInterface: number;
}

/** Lists routes of multicast, for `dump` and {@link decodeMulticastRoutes}. EOPNOTSUPP without them. @throws UsageError */
export function encodeListMulticastRoutes(options: { readonly family: IpFamily }): NetlinkRequest {
  throwProblems('encodeListMulticastRoutes', [
    ...(options.family === undefined ? ['family must be given'] : []),
    ...findChoiceProblems('family', options.family, Object.keys(FAMILIES)),
  ]);
  const header = encodeRouteHeader({ family: FAMILIES[options.family] });
  return createRequest('RTM_GETROUTE', header, `list routes of multicast of ${options.family}`);
}

/** net/ipv4/ipmr_base.c, mr_fill_mroute. @throws KernelError EBADMSG, for another family too. */
export function decodeMulticastRoute(message: NetlinkMessage): MulticastRouteState {
  const number = readHeader(message, 'a route of multicast', ROUTE_HEADER_BYTES).getUint8(0);
  const family = decodeMulticastFamily(number);
  if (family === undefined) throw malformed('a route of multicast', `Its family is ${number}`);
  const attributes = new Attributes(message.payload.subarray(ROUTE_HEADER_BYTES));
  const group = readIpAddress(attributes, RTA.DST);
  if (group === undefined) throw malformed('a route of multicast', 'It has no group');
  const source = readIpAddress(attributes, RTA.SRC);
  const statistics = attributes.bytes(RTA.MFC_STATS);
  const countAt = (index: number) =>
    statistics === undefined || statistics.length < 8 * index + 8
      ? 0
      : Number(viewOf(statistics).getBigUint64(8 * index, true));
  return {
    family,
    group,
    source: source === '0.0.0.0' || source === '::' ? undefined : source,
    incomingIfindex: attributes.u32(RTA.IIF),
    // The weight stands for the TTL here, and is not less one.
    outgoing: [...splitNexthops(attributes.bytes(RTA.MULTIPATH) ?? new Uint8Array())].map(({ ifindex, weight }) => ({
      ifindex,
      minimalTtl: weight - 1,
    })),
    table: attributes.u32(RTA.TABLE),
    packets: countAt(0),
    bytes: countAt(1),
    wrongInterface: countAt(2),
  };
}

/** The routes of multicast of a dump. */
export function decodeMulticastRoutes(messages: readonly NetlinkMessage[]): readonly MulticastRouteState[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWROUTE && decodeMulticastFamily(payload[0]) !== undefined)
    .map(decodeMulticastRoute);
}

/** The family of IP whose multicast a number stands for. */
export function decodeMulticastFamily(number: number | undefined): IpFamily | undefined {
  if (number === AF.IPMR) return 'ipv4';
  return number === AF.IP6MR ? 'ipv6' : undefined;
}
