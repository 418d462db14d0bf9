import { decodeFamily } from './address-family.js';
import { Attributes, viewOf } from './attributes.js';
import { bitsOf, formatIpAddress, type IpFamily, readIpAddress } from './ip-address.js';
import { EVERYWHERE, formatIpPrefix } from './ip-prefix.js';
import { malformed } from './malformed.js';
import { type NetlinkMessage, RTM, readHeader } from './message.js';
import { ROUTE_HEADER_BYTES, ROUTE_TYPES, type RouteType, RTA, RTAX_MTU, RTM_F, RTNH_F } from './route-header.js';
import { decodeScope, type Scope } from './scope.js';

/** struct rtnexthop: length, flags, weight less one, index of the link. */
const NEXTHOP_BYTES = 8;

/** Where a route leads to, or one of the places. */
export interface RouteNexthop {
  /** `undefined` when the destination is on the link itself. May be of IPv6 for a route of IPv4. */
  readonly gateway: string | undefined;
  readonly ifindex: number | undefined;
  /** From 1. */
  readonly weight: number;
  /** All RTNH_F_ flags. */
  readonly flags: number;
  /** Its link has no carrier, or is down. */
  readonly isDead: boolean;
}

/** A route as the kernel lists it. Gateway and ifindex are those of the first nexthop, where there are several. */
export interface RouteState {
  readonly family: IpFamily;
  /** With its length: `192.0.2.0/24`; a default route is `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  readonly type: RouteType | number;
  /** 254 is main, 255 local. */
  readonly table: number;
  readonly scope: Scope | number;
  /** RTPROT_…: who made it: 2 is the kernel, 3 ip(8), 4 an administrator. */
  readonly protocol: number;
  readonly gateway: string | undefined;
  readonly ifindex: number | undefined;
  /** The address that packets from here are sent with. */
  readonly preferredSource: string | undefined;
  readonly metric: number;
  readonly mtuBytes: number | undefined;
  /** Several for a multipath route, else one; none for one that leads nowhere. */
  readonly nexthops: readonly RouteNexthop[];
  /** RTM_F_ and, for a single nexthop, RTNH_F_ flags. */
  readonly flags: number;
  /** RTM_F_CLONED: the answer to a lookup, not an entry of a table. */
  readonly isCloned: boolean;
  /** In the answer to a lookup, the link that the packet comes in by. */
  readonly incomingIfindex: number | undefined;
}

/** @throws KernelError EBADMSG, for a family that is not of IP too. */
export function decodeRoute(message: NetlinkMessage): RouteState {
  const header = readHeader(message, 'a route', ROUTE_HEADER_BYTES);
  const family = decodeFamily(header.getUint8(0));
  if (family === undefined) throw malformed('a route', `Its family is ${header.getUint8(0)}, which is not of IP`);
  const attributes = new Attributes(message.payload.subarray(ROUTE_HEADER_BYTES));
  const flags = header.getUint32(8, true);
  const nexthops = decodeNexthops(attributes, flags);
  const type = header.getUint8(7);
  return {
    family,
    destination: decodePrefix(attributes.bytes(RTA.DST), family, header.getUint8(1)),
    type: ROUTE_TYPES.nameOf(type) ?? type,
    table: attributes.u32(RTA.TABLE) ?? header.getUint8(4),
    scope: decodeScope(header.getUint8(6)),
    protocol: header.getUint8(5),
    gateway: nexthops[0]?.gateway,
    ifindex: nexthops[0]?.ifindex,
    preferredSource: readIpAddress(attributes, RTA.PREFSRC),
    metric: attributes.u32(RTA.PRIORITY) ?? 0,
    mtuBytes: attributes.nested(RTA.METRICS)?.u32(RTAX_MTU),
    nexthops,
    flags,
    isCloned: (flags & RTM_F.CLONED) !== 0,
    incomingIfindex: attributes.u32(RTA.IIF),
  };
}

/** The routes of a dump, without those that are not of IP. */
export function decodeRoutes(messages: readonly NetlinkMessage[]): readonly RouteState[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWROUTE && decodeFamily(payload[0]) !== undefined)
    .map(decodeRoute);
}

/** `192.0.2.0/24`, of which the address is left out for a length of 0. */
export function decodePrefix(bytes: Uint8Array | undefined, family: IpFamily, prefixLength: number): string {
  if (prefixLength > bitsOf(family)) throw malformed('a prefix', `Its length is ${prefixLength}`);
  if (bytes !== undefined) return formatIpPrefix(bytes, prefixLength);
  return EVERYWHERE[family].replace(/\d+$/, String(prefixLength));
}

/** RTA_MULTIPATH, or what stands in the route itself. */
function decodeNexthops(attributes: Attributes, flags: number): readonly RouteNexthop[] {
  const list = attributes.bytes(RTA.MULTIPATH);
  if (list !== undefined) return [...splitNexthops(list)];
  const gateway = decodeGateway(attributes);
  const ifindex = attributes.u32(RTA.OIF);
  if (gateway === undefined && ifindex === undefined) return [];
  return [toNexthop({ gateway, ifindex, weight: 1, flags: flags & RTNH_F.ALL })];
}

/** One that claims less than its own header or more than there is ends the list, as with attributes. */
export function* splitNexthops(list: Uint8Array): Generator<RouteNexthop, void, undefined> {
  const view = viewOf(list);
  let start = 0;
  while (list.length - start >= NEXTHOP_BYTES) {
    const length = view.getUint16(start, true);
    if (length < NEXTHOP_BYTES || length > list.length - start) return;
    yield toNexthop({
      gateway: decodeGateway(new Attributes(list.subarray(start + NEXTHOP_BYTES, start + length))),
      ifindex: view.getInt32(start + 4, true),
      weight: view.getUint8(start + 3) + 1,
      flags: view.getUint8(start + 2),
    });
    start += (length + 3) & ~3;
  }
}

function toNexthop(nexthop: Omit<RouteNexthop, 'isDead'>): RouteNexthop {
  return { ...nexthop, isDead: (nexthop.flags & (RTNH_F.DEAD | RTNH_F.LINKDOWN)) !== 0 };
}

/** RTA_GATEWAY, or RTA_VIA: a family of two bytes and an address. */
function decodeGateway(attributes: Attributes): string | undefined {
  const via = attributes.bytes(RTA.VIA);
  return via === undefined ? readIpAddress(attributes, RTA.GATEWAY) : formatIpAddress(via.subarray(2));
}
