import { type AddressState, decodeAddress } from './address.js';
import { AF, decodeFamily } from './address-family.js';
import { decodeForwardingEntry, type ForwardingEntry } from './forwarding-entries.js';
import { decodeLink, type LinkState } from './link.js';
import { decodeMdbMessage, type MdbState } from './mdb.js';
import { type NetlinkMessage, RTM } from './message.js';
import { decodeMulticastFamily, decodeMulticastRoute, type MulticastRouteState } from './multicast-routes.js';
import { decodeNeighbour, type NeighbourState } from './neighbours.js';
import { decodeNetconf, type NetconfState } from './netconf.js';
import { decodeNsid } from './nsid.js';
import { decodeQdisc, type Qdisc } from './qdiscs.js';
import { decodeRoute, type RouteState } from './route.js';
import { decodeRule, type RuleState } from './rules.js';

/**
 * Groups of notifications: RTNLGRP_* of include/uapi/linux/rtnetlink.h. A socket joins one by NETLINK_ADD_MEMBERSHIP
 * (option 1 of SOL_NETLINK, 270). It must have been bound before that: the kernel passes over those that were not, of
 * port 0 (net/netlink/af_netlink.c, do_one_broadcast). ENOBUFS from a read tells that some were lost.
 */
export const NETLINK_GROUPS = {
  link: 1,
  neighbour: 3,
  trafficControl: 4,
  ipv4Address: 5,
  ipv4MulticastRoute: 6,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Address: 9,
  ipv6MulticastRoute: 10,
  ipv6Route: 11,
  ipv6Rule: 19,
  ipv4Netconf: 24,
  ipv6Netconf: 25,
  mdb: 26,
  nsid: 28,
} as const;

/** Something that came, changed or went. */
export type NetlinkNotification = { readonly isGone: boolean } & (
  | { readonly kind: 'link'; readonly link: LinkState }
  | { readonly kind: 'bridge-port'; readonly link: LinkState }
  | { readonly kind: 'address'; readonly address: AddressState }
  | { readonly kind: 'route'; readonly route: RouteState }
  | { readonly kind: 'multicast-route'; readonly route: MulticastRouteState }
  | { readonly kind: 'neighbour'; readonly neighbour: NeighbourState }
  | { readonly kind: 'forwarding-entry'; readonly entry: ForwardingEntry }
  | { readonly kind: 'rule'; readonly rule: RuleState }
  | { readonly kind: 'qdisc'; readonly qdisc: Qdisc }
  | { readonly kind: 'mdb'; readonly mdb: MdbState }
  | { readonly kind: 'netconf'; readonly netconf: NetconfState }
  | { readonly kind: 'nsid'; readonly nsid: number | undefined }
);

/**
 * What a message tells that came unasked; `undefined` for one of another kind or family.
 *
 * @throws KernelError EBADMSG
 */
export function decodeNotification(message: NetlinkMessage): NetlinkNotification | undefined {
  const family = message.payload[0];
  switch (message.type) {
    case RTM.RTM_NEWLINK:
    case RTM.RTM_DELLINK:
      return {
        // When a port leaves, its bridge says so: the link itself stays.
        kind: family === AF.BRIDGE ? 'bridge-port' : 'link',
        isGone: message.type === RTM.RTM_DELLINK,
        link: decodeLink(message),
      };
    case RTM.RTM_NEWADDR:
    case RTM.RTM_DELADDR:
      if (decodeFamily(family) === undefined) return undefined;
      return { kind: 'address', isGone: message.type === RTM.RTM_DELADDR, address: decodeAddress(message) };
    case RTM.RTM_NEWROUTE:
    case RTM.RTM_DELROUTE:
      return decodeRouteNotification(message, message.type === RTM.RTM_DELROUTE);
    case RTM.RTM_NEWNEIGH:
    case RTM.RTM_DELNEIGH:
      return decodeNeighbourNotification(message, message.type === RTM.RTM_DELNEIGH);
    case RTM.RTM_NEWRULE:
    case RTM.RTM_DELRULE:
      if (decodeFamily(family) === undefined) return undefined;
      return { kind: 'rule', isGone: message.type === RTM.RTM_DELRULE, rule: decodeRule(message) };
    case RTM.RTM_NEWQDISC:
    case RTM.RTM_DELQDISC:
      return { kind: 'qdisc', isGone: message.type === RTM.RTM_DELQDISC, qdisc: decodeQdisc(message) };
    case RTM.RTM_NEWMDB:
    case RTM.RTM_DELMDB:
      return { kind: 'mdb', isGone: message.type === RTM.RTM_DELMDB, mdb: decodeMdbMessage(message) };
    case RTM.RTM_NEWNETCONF:
    case RTM.RTM_DELNETCONF:
      if (decodeFamily(family) === undefined) return undefined;
      return { kind: 'netconf', isGone: message.type === RTM.RTM_DELNETCONF, netconf: decodeNetconf(message) };
    case RTM.RTM_NEWNSID:
    case RTM.RTM_DELNSID:
      return { kind: 'nsid', isGone: message.type === RTM.RTM_DELNSID, nsid: decodeNsid(message) };
    default:
      return undefined;
  }
}

function decodeRouteNotification(message: NetlinkMessage, isGone: boolean): NetlinkNotification | undefined {
  const family = message.payload[0];
  if (decodeFamily(family) !== undefined) return { kind: 'route', isGone, route: decodeRoute(message) };
  if (decodeMulticastFamily(family) === undefined) return undefined;
  return { kind: 'multicast-route', isGone, route: decodeMulticastRoute(message) };
}

function decodeNeighbourNotification(message: NetlinkMessage, isGone: boolean): NetlinkNotification | undefined {
  const family = message.payload[0];
  if (family === AF.BRIDGE) return { kind: 'forwarding-entry', isGone, entry: decodeForwardingEntry(message) };
  if (decodeFamily(family) === undefined) return undefined;
  return { kind: 'neighbour', isGone, neighbour: decodeNeighbour(message) };
}
