import { NumberNames } from './number-names.js';

/** struct rtmsg: family, lengths of destination and source, tos, table, protocol, scope, type, flags. */
export const ROUTE_HEADER_BYTES = 12;

/** Attributes of routes: include/uapi/linux/rtnetlink.h, RTA_*. */
export const RTA = {
  DST: 1,
  SRC: 2,
  IIF: 3,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
  MARK: 16,
  MFC_STATS: 17,
  VIA: 18,
  EXPIRES: 23,
  UID: 25,
  IP_PROTO: 27,
  SPORT: 28,
  DPORT: 29,
} as const;

/** Inside of RTA_METRICS. */
export const RTAX_MTU = 2;

/** Flags of routes. */
export const RTM_F = { CLONED: 0x200, LOOKUP_TABLE: 0x1000, FIB_MATCH: 0x2000 } as const;

/** Flags of nexthops, which stand among those of a route that has a single one. */
export const RTNH_F = { DEAD: 1, ONLINK: 4, LINKDOWN: 16, ALL: 0xff } as const;

/** Tables that every namespace has. */
export const ROUTE_TABLES = { default: 253, main: 254, local: 255 } as const;

/** Who made a route. */
export const RTPROT = { UNSPEC: 0, KERNEL: 2, BOOT: 3, STATIC: 4 } as const;

/** What becomes of a packet. */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw';

/** RTN_* */
export const ROUTE_TYPES: NumberNames<RouteType> = new NumberNames([
  ['unicast', 1],
  ['local', 2],
  ['broadcast', 3],
  ['anycast', 4],
  ['multicast', 5],
  ['blackhole', 6],
  ['unreachable', 7],
  ['prohibit', 8],
  ['throw', 9],
]);

/** What stands before the attributes of every message about routes. */
export interface RouteHeader {
  readonly family: number;
  readonly destinationLength: number;
  readonly sourceLength: number;
  readonly table: number;
  readonly protocol: number;
  readonly scope: number;
  readonly type: number;
  readonly flags: number;
}

export function encodeRouteHeader(header: Partial<RouteHeader>): Uint8Array {
  const { family = 0, destinationLength = 0, sourceLength = 0, table = 0, protocol = 0, scope = 0 } = header;
  const bytes = new Uint8Array(ROUTE_HEADER_BYTES);
  bytes.set([family, destinationLength, sourceLength, 0, table, protocol, scope, header.type ?? 0]);
  new DataView(bytes.buffer).setUint32(8, header.flags ?? 0, true);
  return bytes;
}
