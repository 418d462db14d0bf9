import { quote } from '../../core/errors.js';
import { AF, encodeFamily } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import {
  findBooleanProblems,
  findChoiceProblems,
  findOptionalRangeProblems,
  INDEX_RANGE,
  type Range,
  throwProblems,
  U32_RANGE,
} from './checks.js';
import { familyOf, findIpProblems, type IpFamily, isIpAddress, parseIpAddress } from './ip-address.js';
import { findPrefixProblems, parseIpPrefix } from './ip-prefix.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';
import {
  encodeRouteHeader,
  ROUTE_TABLES,
  ROUTE_TYPES,
  type RouteType,
  RTA,
  RTAX_MTU,
  RTNH_F,
  RTPROT,
} from './route-header.js';
import { SCOPES, type Scope } from './scope.js';

const METRIC_RANGE: Range = [0, 0xffffffff];
const WEIGHT_RANGE: Range = [1, 256];
const PROTOCOL_RANGE: Range = [0, 255];

/** One of several places that a route leads to. */
export interface NexthopOptions {
  /** `undefined`: the destination is on the link itself. */
  readonly gateway?: string;
  /** @defaultValue the link through which the gateway is reached */
  readonly ifindex?: number;
  /** 1 to 256. @defaultValue 1 */
  readonly weight?: number;
}

/** A route, or what to know it by. */
export interface RoutePlace extends NexthopOptions {
  /** `192.0.2.0/24`, one address, or for a default route `0.0.0.0/0` or `::/0`. */
  readonly destination: string;
  /** @defaultValue 'unicast' to add, any to remove */
  readonly type?: RouteType;
  /** @defaultValue 254, main; 255, local, for the types local, broadcast and anycast */
  readonly table?: number;
  /** The lowest wins. @defaultValue 0 for IPv4, 1024 for IPv6; any to remove */
  readonly metric?: number;
}

export interface AddRouteOptions extends RoutePlace {
  /** The address that packets from here are sent with. @defaultValue chosen by the kernel */
  readonly preferredSource?: string;
  /** IPv4's. @defaultValue 'link' without a gateway, 'host' for local ones, else 'global' */
  readonly scope?: Scope;
  /** RTPROT_…: who made it; 4 to 255 are the programs'. @defaultValue 4, an administrator */
  readonly protocol?: number;
  /** RTNH_F_ONLINK: the gateway is on the link, whatever the addresses say. @defaultValue false */
  readonly isOnLink?: boolean;
  /** @defaultValue that of the link */
  readonly mtuBytes?: number;
  /** Several places at once, instead of gateway and ifindex. */
  readonly nexthops?: readonly NexthopOptions[];
  /** NLM_F_EXCL: EEXIST for a destination that has a route of that metric, which else is replaced. @defaultValue true */
  readonly exclusive?: boolean;
}

/**
 * Adds a route. EEXIST; ENODEV for no such link; ENETDOWN "Device for nexthop is not up"; ENETUNREACH "Nexthop has
 * invalid gateway" for one that no other route leads to; EHOSTUNREACH for IPv6; EINVAL for a preferred source that is no
 * address here (net/ipv4/fib_semantics.c, fib_create_info and fib_check_nh; net/ipv6/route.c, ip6_route_info_create).
 *
 * IPv4 goes by a gateway of IPv6 too (RTA_VIA, Linux 5.2).
 *
 * @throws UsageError
 */
export function encodeAddRoute(options: AddRouteOptions): NetlinkRequest {
  throwProblems('encodeAddRoute', [...findPlaceProblems(options), ...findDetailProblems(options)]);
  const { type = 'unicast', nexthops, preferredSource, mtuBytes, exclusive = true, protocol = RTPROT.STATIC } = options;
  const { family } = parseIpPrefix(options.destination);
  const scope = family === 'ipv6' ? 'global' : (options.scope ?? chooseScope(type, options));
  const writer = startRoute({ ...options, type }, { protocol, scope: SCOPES.numberOf(scope) });
  if (preferredSource !== undefined) writer.bytes(RTA.PREFSRC, parseIpAddress(preferredSource));
  if (mtuBytes !== undefined) writer.nested(RTA.METRICS, (metrics) => metrics.u32(RTAX_MTU, mtuBytes));
  if (nexthops !== undefined) {
    writer.nested(RTA.MULTIPATH, (list) => {
      for (const nexthop of nexthops) list.append(encodeNexthop(nexthop, family, options.isOnLink));
    });
  }
  return createRequest(
    'RTM_NEWROUTE',
    writer.finish(),
    `add route to ${describe(options)}`,
    NLM_F.CREATE | (exclusive ? NLM_F.EXCL : NLM_F.REPLACE),
  );
}

/**
 * Removes the first route that is like this in all that is given. ESRCH when there is none (net/ipv4/fib_trie.c,
 * fib_table_delete; net/ipv6/route.c, ip6_route_del).
 *
 * @throws UsageError
 */
export function encodeRemoveRoute(place: RoutePlace): NetlinkRequest {
  throwProblems('encodeRemoveRoute', findPlaceProblems(place));
  const isIpv4 = parseIpPrefix(place.destination).family === 'ipv4';
  // For IPv4 this stands for any scope.
  const writer = startRoute(place, { protocol: RTPROT.UNSPEC, scope: isIpv4 ? SCOPES.numberOf('nowhere') : 0 });
  return createRequest('RTM_DELROUTE', writer.finish(), `remove route to ${describe(place)}`);
}

export interface ListRoutesOptions {
  /** @defaultValue both */
  readonly family?: IpFamily;
  /** ENOENT for one that is not there. @defaultValue all tables */
  readonly table?: number;
  /** Only those that leave by this link. @defaultValue all */
  readonly ifindex?: number;
}

/** Lists routes, for `dump` and `decodeRoutes`. Before Linux 4.20, whatever is asked, all of them. @throws UsageError */
export function encodeListRoutes(options: ListRoutesOptions = {}): NetlinkRequest {
  const { family, table, ifindex } = options;
  throwProblems('encodeListRoutes', [
    ...findChoiceProblems('family', family, ['ipv4', 'ipv6']),
    ...findOptionalRangeProblems('table', table, U32_RANGE),
    ...findOptionalRangeProblems('ifindex', ifindex, INDEX_RANGE),
  ]);
  const writer = new AttributeWriter(encodeRouteHeader({ family: encodeFamily(family) }));
  if (table !== undefined) writer.u32(RTA.TABLE, table);
  if (ifindex !== undefined) writer.u32(RTA.OIF, ifindex);
  return createRequest('RTM_GETROUTE', writer.finish(), 'list routes');
}

function startRoute(place: RoutePlace & { isOnLink?: boolean }, header: { protocol: number; scope: number }) {
  const { family, bytes, prefixLength } = parseIpPrefix(place.destination);
  const { type, table = chooseTable(type), metric, gateway, ifindex } = place;
  const writer = new AttributeWriter(
    encodeRouteHeader({
      ...header,
      family: encodeFamily(family),
      destinationLength: prefixLength,
      type: type === undefined ? 0 : ROUTE_TYPES.numberOf(type),
      // Tables over 255 have no room in the header.
      table: table > 255 ? 0 : table,
      flags: place.isOnLink && gateway !== undefined ? RTNH_F.ONLINK : 0,
    }),
  );
  if (prefixLength > 0) writer.bytes(RTA.DST, bytes);
  if (table > 255) writer.u32(RTA.TABLE, table);
  if (metric !== undefined) writer.u32(RTA.PRIORITY, metric);
  if (gateway !== undefined) writeGateway(writer, gateway, family);
  if (ifindex !== undefined) writer.u32(RTA.OIF, ifindex);
  return writer;
}

/** struct rtnexthop and its attributes. */
function encodeNexthop(nexthop: NexthopOptions, family: IpFamily, isOnLink = false): Uint8Array {
  const writer = new AttributeWriter(new Uint8Array(8));
  if (nexthop.gateway !== undefined) writeGateway(writer, nexthop.gateway, family);
  const bytes = writer.finish();
  const view = new DataView(bytes.buffer);
  view.setUint16(0, bytes.length, true);
  view.setUint8(2, isOnLink ? RTNH_F.ONLINK : 0);
  view.setUint8(3, (nexthop.weight ?? 1) - 1);
  view.setInt32(4, nexthop.ifindex ?? 0, true);
  return bytes;
}

function writeGateway(writer: AttributeWriter, gateway: string, family: IpFamily): void {
  const bytes = parseIpAddress(gateway);
  if (familyOf(gateway) === family) writer.bytes(RTA.GATEWAY, bytes);
  else writer.bytes(RTA.VIA, Uint8Array.of(AF.INET6, 0, ...bytes));
}

function chooseScope(type: RouteType, { gateway, nexthops }: AddRouteOptions): Scope {
  if (type === 'local') return 'host';
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link';
  return type === 'unicast' && gateway === undefined && nexthops === undefined ? 'link' : 'global';
}

function chooseTable(type: RouteType | undefined): number {
  return type === 'local' || type === 'broadcast' || type === 'anycast' ? ROUTE_TABLES.local : ROUTE_TABLES.main;
}

function describe({ destination, gateway, ifindex }: RoutePlace): string {
  return `${destination}${gateway === undefined ? '' : ` via ${gateway}`}${ifindex === undefined ? '' : ` by interface ${ifindex}`}`;
}

function findPlaceProblems(place: RoutePlace): readonly string[] {
  const family = familyOfDestination(place.destination);
  return [
    ...(place.destination === undefined ? ['destination must be given'] : []),
    ...findPrefixProblems('destination', place.destination),
    ...findChoiceProblems('type', place.type, ROUTE_TYPES.names),
    ...findOptionalRangeProblems('table', place.table, U32_RANGE),
    ...findOptionalRangeProblems('metric', place.metric, METRIC_RANGE),
    ...findNexthopProblems('', place, family),
  ];
}

function findNexthopProblems(prefix: string, nexthop: NexthopOptions, family?: IpFamily): readonly string[] {
  return [
    ...findIpProblems(`${prefix}gateway`, nexthop.gateway, family === 'ipv6' ? 'ipv6' : undefined),
    ...findOptionalRangeProblems(`${prefix}ifindex`, nexthop.ifindex, INDEX_RANGE),
    ...findOptionalRangeProblems(`${prefix}weight`, nexthop.weight, WEIGHT_RANGE),
  ];
}

function findDetailProblems(options: AddRouteOptions): readonly string[] {
  const { nexthops, gateway, ifindex, weight, type = 'unicast' } = options;
  const family = familyOfDestination(options.destination);
  const hasPlace = gateway !== undefined || ifindex !== undefined || weight !== undefined;
  const leadsNowhere = ['blackhole', 'unreachable', 'prohibit', 'throw'].includes(type);
  return [
    ...findIpProblems('preferredSource', options.preferredSource, family),
    ...findChoiceProblems('scope', options.scope, SCOPES.names),
    ...findOptionalRangeProblems('protocol', options.protocol, PROTOCOL_RANGE),
    ...findBooleanProblems('isOnLink', options.isOnLink),
    ...findOptionalRangeProblems('mtuBytes', options.mtuBytes, U32_RANGE),
    ...findBooleanProblems('exclusive', options.exclusive),
    ...(nexthops?.length === 0 ? ['nexthops must hold at least one'] : []),
    ...(nexthops ?? []).flatMap((nexthop, index) => findNexthopProblems(`nexthops[${index}].`, nexthop, family)),
    ...(nexthops !== undefined && hasPlace ? ['nexthops stand instead of gateway, ifindex and weight'] : []),
    ...(nexthops === undefined && weight !== undefined ? ['weight is for one of several nexthops'] : []),
    ...(leadsNowhere && (hasPlace || nexthops !== undefined)
      ? [`a route of type ${quote(type)} leads nowhere: it takes no gateway, ifindex or nexthops`]
      : []),
    ...(leadsNowhere || hasPlace || nexthops !== undefined
      ? []
      : ['one of gateway, ifindex and nexthops must be given']),
  ];
}

function familyOfDestination(destination: unknown): IpFamily | undefined {
  const [address] = typeof destination === 'string' ? destination.split('/') : [];
  return isIpAddress(address) ? familyOf(address) : undefined;
}
