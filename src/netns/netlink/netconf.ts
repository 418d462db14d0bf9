import { decodeFamily, encodeFamily } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { Attributes } from './attributes.js';
import { findChoiceProblems, findRangeProblems, throwProblems } from './checks.js';
import type { IpFamily } from './ip-address.js';
import { malformed } from './malformed.js';
import { createRequest, type NetlinkMessage, type NetlinkRequest, RTM, readHeader } from './message.js';

/** struct netconfmsg is one byte, the family; attributes begin at a multiple of four. */
const HEADER_BYTES = 4;

/** NETCONFA_* of include/uapi/linux/netconf.h. */
const NETCONFA = {
  IFINDEX: 1,
  FORWARDING: 2,
  RP_FILTER: 3,
  MC_FORWARDING: 4,
  PROXY_NEIGH: 5,
  IGNORE_ROUTES_WITH_LINKDOWN: 6,
  BC_FORWARDING: 8,
} as const;
/** NETCONFA_IFINDEX_ALL, NETCONFA_IFINDEX_DEFAULT */
const SPECIAL: Readonly<Record<'all' | 'default', number>> = { all: -1, default: -2 };

/** A link; or the settings for all of them; or those that new ones begin with. */
export type NetconfPlace = number | 'all' | 'default';

/** How a link forwards: what net.ipv4.conf and net.ipv6.conf say. What the family has not is `undefined`. */
export interface NetconfState {
  readonly family: IpFamily;
  readonly place: NetconfPlace;
  readonly isForwarding: boolean | undefined;
  /** 0 off, 1 strict, 2 loose. The larger of this and that of `all` counts. */
  readonly rpFilter: number | undefined;
  /** A multicast router has it; nothing else can switch it on. */
  readonly isMulticastForwarding: boolean | undefined;
  /** proxy_arp, or proxy_ndp. */
  readonly isProxy: boolean | undefined;
  readonly ignoresRoutesWithLinkDown: boolean | undefined;
  readonly isBroadcastForwarding: boolean | undefined;
}

/**
 * Asks how a link forwards, for `requestOne` and {@link decodeNetconf}. EINVAL for a link that is not there
 * (net/ipv4/devinet.c, inet_netconf_get_devconf; net/ipv6/addrconf.c, inet6_netconf_get_devconf).
 *
 * @throws UsageError
 */
export function encodeGetNetconf(options: { readonly family: IpFamily; readonly place: NetconfPlace }): NetlinkRequest {
  const { family, place } = options;
  throwProblems('encodeGetNetconf', [
    ...(family === undefined ? ['family must be given'] : findChoiceProblems('family', family, ['ipv4', 'ipv6'])),
    ...(typeof place === 'string'
      ? findChoiceProblems('place', place, Object.keys(SPECIAL))
      : findRangeProblems('place', place, [1, 0x7fffffff])),
  ]);
  const index = typeof place === 'string' ? SPECIAL[place] : place;
  const payload = new AttributeWriter(encodeHeader(family)).s32(NETCONFA.IFINDEX, index).finish();
  const where = typeof place === 'string' ? place : `interface ${place}`;
  return createRequest('RTM_GETNETCONF', payload, `get the ${family} settings of ${where}`);
}

/** Lists how all links forward, for `dump` and {@link decodeNetconfs}. @throws UsageError */
export function encodeListNetconf(options: { readonly family: IpFamily }): NetlinkRequest {
  throwProblems('encodeListNetconf', [
    ...(options.family === undefined ? ['family must be given'] : []),
    ...findChoiceProblems('family', options.family, ['ipv4', 'ipv6']),
  ]);
  return createRequest('RTM_GETNETCONF', encodeHeader(options.family), `list the ${options.family} settings of links`);
}

/** @throws KernelError EBADMSG, for a family that is not of IP too. */
export function decodeNetconf(message: NetlinkMessage): NetconfState {
  const number = readHeader(message, 'the settings of a link', 1).getUint8(0);
  const family = decodeFamily(number);
  if (family === undefined) throw malformed('the settings of a link', `Their family is ${number}, which is not of IP`);
  const attributes = new Attributes(message.payload.subarray(HEADER_BYTES));
  const isOn = (type: number) => toBoolean(attributes.s32(type));
  return {
    family,
    place: decodePlace(attributes.s32(NETCONFA.IFINDEX) ?? 0),
    isForwarding: isOn(NETCONFA.FORWARDING),
    rpFilter: attributes.s32(NETCONFA.RP_FILTER),
    isMulticastForwarding: isOn(NETCONFA.MC_FORWARDING),
    isProxy: isOn(NETCONFA.PROXY_NEIGH),
    ignoresRoutesWithLinkDown: isOn(NETCONFA.IGNORE_ROUTES_WITH_LINKDOWN),
    isBroadcastForwarding: isOn(NETCONFA.BC_FORWARDING),
  };
}

/** The settings of a dump, without those that are not of IP. */
export function decodeNetconfs(messages: readonly NetlinkMessage[]): readonly NetconfState[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWNETCONF && decodeFamily(payload[0]) !== undefined)
    .map(decodeNetconf);
}

function encodeHeader(family: IpFamily): Uint8Array {
  return Uint8Array.of(encodeFamily(family), 0, 0, 0);
}

function decodePlace(index: number): NetconfPlace {
  if (index === SPECIAL.all) return 'all';
  return index === SPECIAL.default ? 'default' : index;
}

function toBoolean(value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value !== 0;
}
