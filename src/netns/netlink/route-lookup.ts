import { encodeFamily } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { findBooleanProblems, findOptionalRangeProblems, INDEX_RANGE, throwProblems, U32_RANGE } from './checks.js';
import { bitsOf, familyOf, findIpProblems, isIpAddress, parseIpAddress } from './ip-address.js';
import { createRequest, type NetlinkRequest } from './message.js';
import { encodeRouteHeader, RTA, RTM_F } from './route-header.js';

/** A packet whose way is asked for. */
export interface FindRouteOptions {
  /** Where it goes: an address. */
  readonly destination: string;
  /** Where it comes from. @defaultValue chosen by the kernel */
  readonly source?: string;
  /** The link that it is to leave by. @defaultValue any */
  readonly ifindex?: number;
  /** The link that it came in by: a packet to be forwarded or taken in. @defaultValue a packet sent from here */
  readonly incomingIfindex?: number;
  /** The mark, which rules go by. @defaultValue 0 */
  readonly mark?: number;
  /** The user, whom rules go by. @defaultValue that of the caller */
  readonly userId?: number;
  /** RTM_F_FIB_MATCH: the entry of the table as it stands, not the way of this packet. @defaultValue false */
  readonly entry?: boolean;
}

/**
 * Asks which route a packet would take, for `requestOne` and `decodeRoute`. The answer is marked as cloned, its
 * destination is that of the packet, its preferred source the address it would be sent from, its table the one where the
 * route is (for local ones main, as long as no rule was added: IPv4 keeps both in one until then).
 *
 * ENETUNREACH without a route; EHOSTUNREACH, EACCES, EINVAL for one of type unreachable, prohibit, blackhole; EXDEV for
 * a source that rp_filter refuses; ENODEV (net/ipv4/route.c, inet_rtm_getroute; net/ipv6/route.c,
 * inet6_rtm_getroute).
 *
 * @throws UsageError
 */
export function encodeFindRoute(options: FindRouteOptions): NetlinkRequest {
  throwProblems('encodeFindRoute', findProblems(options));
  const { destination, source, ifindex, incomingIfindex, mark, userId, entry = false } = options;
  const family = familyOf(destination);
  const writer = new AttributeWriter(
    encodeRouteHeader({
      family: encodeFamily(family),
      destinationLength: bitsOf(family),
      sourceLength: source === undefined ? 0 : bitsOf(family),
      // IPv6 tells the table unasked, and refuses to be asked for it.
      flags: (family === 'ipv4' ? RTM_F.LOOKUP_TABLE : 0) | (entry ? RTM_F.FIB_MATCH : 0),
    }),
  ).bytes(RTA.DST, parseIpAddress(destination));
  if (source !== undefined) writer.bytes(RTA.SRC, parseIpAddress(source));
  if (incomingIfindex !== undefined) writer.u32(RTA.IIF, incomingIfindex);
  if (ifindex !== undefined) writer.u32(RTA.OIF, ifindex);
  if (mark !== undefined) writer.u32(RTA.MARK, mark);
  if (userId !== undefined) writer.u32(RTA.UID, userId);
  return createRequest('RTM_GETROUTE', writer.finish(), `find the route to ${destination}`);
}

function findProblems(options: FindRouteOptions): readonly string[] {
  const { destination, source } = options;
  const family = isIpAddress(destination) ? familyOf(destination) : undefined;
  return [
    ...(destination === undefined ? ['destination must be given'] : findIpProblems('destination', destination)),
    ...findIpProblems('source', source, family),
    ...findOptionalRangeProblems('ifindex', options.ifindex, INDEX_RANGE),
    ...findOptionalRangeProblems('incomingIfindex', options.incomingIfindex, INDEX_RANGE),
    ...findOptionalRangeProblems('mark', options.mark, U32_RANGE),
    ...findOptionalRangeProblems('userId', options.userId, [0, 0xffffffff]),
    ...findBooleanProblems('entry', options.entry),
  ];
}
