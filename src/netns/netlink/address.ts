import { decodeFamily } from './address-family.js';
import { Attributes, viewOf } from './attributes.js';
import { type IpFamily, readIpAddress } from './ip-address.js';
import { malformed } from './malformed.js';
import { type NetlinkMessage, RTM, readHeader } from './message.js';
import { decodeScope, type Scope } from './scope.js';

/** struct ifaddrmsg: family, length of the prefix, flags, scope, index of the link. */
export const ADDRESS_HEADER_BYTES = 8;

/** include/uapi/linux/if_addr.h, IFA_*. */
export const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, CACHEINFO: 6, FLAGS: 8, RT_PRIORITY: 9 } as const;

/** The same file: flags of addresses. */
export const IFA_F = {
  SECONDARY: 0x01,
  NODAD: 0x02,
  OPTIMISTIC: 0x04,
  DADFAILED: 0x08,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  NOPREFIXROUTE: 0x200,
  MCAUTOJOIN: 0x400,
} as const;

/** INFINITY_LIFE_TIME of include/net/addrconf.h. */
const FOREVER = 0xffffffff;

/** Which address of which link. */
export interface AddressPlace {
  readonly ifindex: number;
  /** `192.0.2.1` or `2001:db8::1` */
  readonly address: string;
  /** 0 to 32 or 128. */
  readonly prefixLength: number;
}

/** An address as the kernel lists it. */
export interface AddressState extends AddressPlace {
  readonly family: IpFamily;
  readonly peer: string | undefined;
  readonly broadcast: string | undefined;
  /** IPv4's. */
  readonly label: string | undefined;
  readonly scope: Scope | number;
  /** All IFA_F_ flags. */
  readonly flags: number;
  /** IPv6: looking for a duplicate; not to be bound to yet. */
  readonly isTentative: boolean;
  /** IPv6: there is a duplicate. It stays tentative, too. */
  readonly isDadFailed: boolean;
  readonly isPermanent: boolean;
  readonly isDeprecated: boolean;
  /** IPv4: not the first of its network. IPv6: a temporary one. */
  readonly isSecondary: boolean;
  /** `undefined`: for ever. */
  readonly validLifetimeSeconds: number | undefined;
  readonly preferredLifetimeSeconds: number | undefined;
}

/** @throws KernelError EBADMSG, for a family that is not of IP too. */
export function decodeAddress(message: NetlinkMessage): AddressState {
  const header = readHeader(message, 'an address', ADDRESS_HEADER_BYTES);
  const family = decodeFamily(header.getUint8(0));
  if (family === undefined) throw malformed('an address', `Its family is ${header.getUint8(0)}, which is not of IP`);
  const attributes = new Attributes(message.payload.subarray(ADDRESS_HEADER_BYTES));
  const prefix = readIpAddress(attributes, IFA.ADDRESS);
  const address = readIpAddress(attributes, IFA.LOCAL) ?? prefix;
  if (address === undefined) throw malformed('an address', 'There is none in it');
  const flags = attributes.u32(IFA.FLAGS) ?? header.getUint8(2);
  const lifetimes = attributes.bytes(IFA.CACHEINFO);
  return {
    ifindex: header.getUint32(4, true),
    family,
    address,
    prefixLength: header.getUint8(1),
    peer: prefix === address ? undefined : prefix,
    broadcast: readIpAddress(attributes, IFA.BROADCAST),
    label: attributes.string(IFA.LABEL),
    scope: decodeScope(header.getUint8(3)),
    flags,
    isTentative: (flags & IFA_F.TENTATIVE) !== 0,
    isDadFailed: (flags & IFA_F.DADFAILED) !== 0,
    isPermanent: (flags & IFA_F.PERMANENT) !== 0,
    isDeprecated: (flags & IFA_F.DEPRECATED) !== 0,
    isSecondary: (flags & IFA_F.SECONDARY) !== 0,
    validLifetimeSeconds: decodeLifetime(lifetimes, 4),
    preferredLifetimeSeconds: decodeLifetime(lifetimes, 0),
  };
}

/** The addresses of a dump, without those that are not of IP. */
export function decodeAddresses(messages: readonly NetlinkMessage[]): readonly AddressState[] {
  return messages
    .filter(({ type, payload }) => type === RTM.RTM_NEWADDR && decodeFamily(payload[0]) !== undefined)
    .map(decodeAddress);
}

function decodeLifetime(cacheInfo: Uint8Array | undefined, at: number): number | undefined {
  if (cacheInfo === undefined || cacheInfo.length < at + 4) return undefined;
  const seconds = viewOf(cacheInfo).getUint32(at, true);
  return seconds === FOREVER ? undefined : seconds;
}
