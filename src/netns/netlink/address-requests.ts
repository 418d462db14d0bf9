import { quote } from '../../core/errors.js';
import { ADDRESS_HEADER_BYTES, type AddressPlace, IFA, IFA_F } from './address.js';
import { encodeFamily } from './address-family.js';
import { AttributeWriter } from './attribute-writer.js';
import { viewOf } from './attributes.js';
import {
  findBooleanProblems,
  findChoiceProblems,
  findOptionalRangeProblems,
  findRangeProblems,
  INDEX_RANGE,
  type Range,
  throwProblems,
} from './checks.js';
import { bitsOf, familyOf, findIpProblems, type IpFamily, isIpAddress, parseIpAddress } from './ip-address.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';
import { SCOPES, type Scope } from './scope.js';

/** IFNAMSIZ without the NUL. */
const MAX_LABEL_BYTES = 15;
const METRIC_RANGE: Range = [0, 0xffffffff];

export interface AddAddressOptions extends AddressPlace {
  /** The other end of a point-to-point link. `prefixLength` is then of this one. @defaultValue none */
  readonly peer?: string;
  /** IPv4 only. @defaultValue none, as ip(8) leaves it */
  readonly broadcast?: string;
  /** IPv4 only, 1 to 15 bytes: `lo:faas`. @defaultValue the name of the link */
  readonly label?: string;
  /** IPv6 computes its own from the address. @defaultValue 'global' */
  readonly scope?: Scope;
  /** IFA_F_NODAD: IPv6 uses it at once, without looking for a duplicate. @defaultValue false */
  readonly noDad?: boolean;
  /** IFA_F_NOPREFIXROUTE: no route to its network comes with it. @defaultValue false */
  readonly noPrefixRoute?: boolean;
  /** IFA_F_MCAUTOJOIN: joins the multicast group that the address is. @defaultValue false */
  readonly autoJoin?: boolean;
  /** The metric of the route to its network. @defaultValue 0 for IPv4, 256 for IPv6 */
  readonly metric?: number;
  /** NLM_F_EXCL: EEXIST for one that is there already, which else is changed. @defaultValue true */
  readonly exclusive?: boolean;
}

/**
 * Adds an address to a link. ENODEV; EEXIST; EINVAL "IPv4: Invalid prefix length"; EACCES for IPv6 that is switched
 * off on the link; ERANGE for a label that is too long (net/ipv4/devinet.c, inet_rtm_newaddr; net/ipv6/addrconf.c,
 * inet6_rtm_newaddr). An address of IPv6 on a link that is down is tentative until the link is up.
 *
 * @throws UsageError
 */
export function encodeAddAddress(options: AddAddressOptions): NetlinkRequest {
  throwProblems('encodeAddAddress', [...findPlaceProblems(options), ...findDetailProblems(options)]);
  const { ifindex, address, peer = address, broadcast, label, scope = 'global', metric, exclusive = true } = options;
  const flags =
    (options.noDad ? IFA_F.NODAD : 0) |
    (options.noPrefixRoute ? IFA_F.NOPREFIXROUTE : 0) |
    (options.autoJoin ? IFA_F.MCAUTOJOIN : 0);
  const writer = new AttributeWriter(encodeHeader(options, SCOPES.numberOf(scope)))
    .bytes(IFA.LOCAL, parseIpAddress(address))
    .bytes(IFA.ADDRESS, parseIpAddress(peer));
  if (broadcast !== undefined) writer.bytes(IFA.BROADCAST, parseIpAddress(broadcast));
  if (label !== undefined) writer.string(IFA.LABEL, label);
  if (flags !== 0) writer.u32(IFA.FLAGS, flags);
  if (metric !== undefined) writer.u32(IFA.RT_PRIORITY, metric);
  return createRequest(
    'RTM_NEWADDR',
    writer.finish(),
    `add ${describePlace(options)} to interface ${ifindex}`,
    NLM_F.CREATE | (exclusive ? NLM_F.EXCL : NLM_F.REPLACE),
  );
}

/**
 * Removes an address. ENODEV; EADDRNOTAVAIL (net/ipv4/devinet.c, inet_rtm_deladdr; net/ipv6/addrconf.c,
 * inet6_addr_del). The secondary addresses of the network of IPv4 go with the first, unless promote_secondaries is on.
 *
 * @throws UsageError
 */
export function encodeRemoveAddress(place: AddressPlace): NetlinkRequest {
  throwProblems('encodeRemoveAddress', findPlaceProblems(place));
  const bytes = parseIpAddress(place.address);
  const writer = new AttributeWriter(encodeHeader(place, 0)).bytes(IFA.LOCAL, bytes);
  // IPv4 takes IFA_ADDRESS for the peer's prefix, so that it must not be there for an address that has a peer.
  if (familyOf(place.address) === 'ipv6') writer.bytes(IFA.ADDRESS, bytes);
  const action = `remove ${describePlace(place)} from interface ${place.ifindex}`;
  return createRequest('RTM_DELADDR', writer.finish(), action);
}

export interface ListAddressesOptions {
  /** @defaultValue both */
  readonly family?: IpFamily;
  /** @defaultValue all links; ENODEV for one that is not there */
  readonly ifindex?: number;
}

/** Lists addresses, for `dump` and `decodeAddresses`. @throws UsageError */
export function encodeListAddresses(options: ListAddressesOptions = {}): NetlinkRequest {
  throwProblems('encodeListAddresses', [
    ...findChoiceProblems('family', options.family, ['ipv4', 'ipv6']),
    ...findOptionalRangeProblems('ifindex', options.ifindex, INDEX_RANGE),
  ]);
  const bytes = new Uint8Array(ADDRESS_HEADER_BYTES);
  bytes[0] = encodeFamily(options.family);
  viewOf(bytes).setUint32(4, options.ifindex ?? 0, true);
  return createRequest('RTM_GETADDR', bytes, 'list addresses');
}

function encodeHeader({ ifindex, address, prefixLength }: AddressPlace, scope: number): Uint8Array {
  const bytes = Uint8Array.of(encodeFamily(familyOf(address)), prefixLength, 0, scope, 0, 0, 0, 0);
  viewOf(bytes).setUint32(4, ifindex, true);
  return bytes;
}

function describePlace({ address, prefixLength }: AddressPlace): string {
  return `address ${address}/${prefixLength}`;
}

function findPlaceProblems({ ifindex, address, prefixLength }: AddressPlace): readonly string[] {
  const bits = isIpAddress(address) ? bitsOf(familyOf(address)) : 128;
  return [
    ...findRangeProblems('ifindex', ifindex, INDEX_RANGE),
    ...(address === undefined ? ['address must be given'] : findIpProblems('address', address)),
    ...findRangeProblems('prefixLength', prefixLength, [0, bits]),
  ];
}

function findDetailProblems(options: AddAddressOptions): readonly string[] {
  const { address, peer, broadcast, label, scope, noDad, noPrefixRoute, autoJoin, metric, exclusive } = options;
  const family = isIpAddress(address) ? familyOf(address) : undefined;
  const onlyIpv4 = (name: string, value: unknown) =>
    value !== undefined && family === 'ipv6' ? [`${name} is for IPv4; address is ${quote(address)}`] : [];
  const labelBytes = typeof label === 'string' ? new TextEncoder().encode(label).length : 0;
  const isLabel = labelBytes > 0 && labelBytes <= MAX_LABEL_BYTES && label?.includes('\0') === false;
  return [
    ...findIpProblems('peer', peer, family),
    ...findIpProblems('broadcast', broadcast, 'ipv4'),
    ...onlyIpv4('broadcast', broadcast),
    ...(label === undefined || isLabel
      ? []
      : [`label must have 1 to ${MAX_LABEL_BYTES} bytes, and no NUL; received ${quote(label)}`]),
    ...onlyIpv4('label', label),
    ...findChoiceProblems('scope', scope, SCOPES.names),
    ...findBooleanProblems('noDad', noDad),
    ...findBooleanProblems('noPrefixRoute', noPrefixRoute),
    ...findBooleanProblems('autoJoin', autoJoin),
    ...findOptionalRangeProblems('metric', metric, METRIC_RANGE),
    ...findBooleanProblems('exclusive', exclusive),
  ];
}
