import { quote, UsageError } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import { CStruct } from '../../native/c-struct.js';
import { findInterfaceIndex, setSocketOption } from '../../native/socket.js';
import { type AddressFamily, encodeSocketAddress, familyOf, toAddressBytes } from '../../native/socket-address.js';
import { findFlagMistakes, findNumberMistakes } from './checks.js';
import {
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
} from './socket-options.js';

/** How a membership is to be. */
export interface MembershipOptions {
  /** The name or the index of the interface. @defaultValue the one that the route to the group says */
  readonly interface?: string | number;
  /** Only packets of this sender. @defaultValue of all */
  readonly source?: string;
}

/** How packets to groups are sent. */
export interface MulticastSendOptions {
  /** The name or the index of the interface. @defaultValue the one that the route to the group says */
  readonly interface?: string | number;
  /** How many routers they may pass, and one: 1 stays on the link. @defaultValue 1 */
  readonly ttl?: number;
  /** Whether members in the sender's own namespace get them as well. @defaultValue true */
  readonly loop?: boolean;
}

/** `sizeof(struct sockaddr_storage)`, and where it lies behind the index: include/uapi/linux/in.h, struct group_req. */
const STORAGE_BYTES = 128;
const GROUP_OFFSET = 8;

/** Joins or leaves a group. @throws UsageError @throws KernelError ENODEV, EADDRINUSE for a group that was joined, EADDRNOTAVAIL for one that was not */
export function changeMembership(
  fd: number,
  family: AddressFamily,
  change: 'join' | 'leave',
  group: string,
  options: MembershipOptions,
): void {
  const subject = `UdpSocket.${change}`;
  const mistakes = [
    ...findGroupMistakes(group, family),
    ...findInterfaceMistakes(options.interface),
    ...(options.source === undefined || (typeof options.source === 'string' && familyOf(options.source) === family)
      ? []
      : [`source must be an address of ${family}, not ${quote(options.source)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  const { source } = options;
  const index = toIndex(fd, options.interface);
  const request = new CStruct(GROUP_OFFSET + STORAGE_BYTES * (source === undefined ? 1 : 2));
  request.u32(0, index).data(GROUP_OFFSET, encodeSocketAddress(group, 0));
  if (source !== undefined) request.data(GROUP_OFFSET + STORAGE_BYTES, encodeSocketAddress(source, 0));
  const anySource = change === 'join' ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
  const oneSource = change === 'join' ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP;
  const from = source === undefined ? '' : ` from ${source}`;
  const on = options.interface === undefined ? '' : ` on interface ${quote(options.interface)}`;
  const level = family === 'IPv4' ? IPPROTO_IP : IPPROTO_IPV6;
  try {
    const option = source === undefined ? anySource : oneSource;
    setSocketOption(fd, level, option, request.bytes, `${change} group ${group}${from}${on}`);
  } catch (error) {
    // net/ipv4/igmp.c, ip_mc_find_dev(): without an interface it is that of the route to the group.
    if (change === 'leave' || options.interface !== undefined) throw error;
    throw hintAtInterface(error, 'ENODEV', 'name it, as in { interface: "eth0" }');
  }
}

/** A kernel's answer that no route leads to a group, with what to do about it; any other error as it is. */
export function hintAtInterface(error: unknown, code: 'ENODEV' | 'ENETUNREACH', fix: string): unknown {
  if (!(error instanceof KernelError) || error.code !== code) return error;
  return error.withHint(`${NO_ROUTE_TO_GROUP}: ${fix}`);
}

/** Why an interface has to be named. */
export const NO_ROUTE_TO_GROUP = 'No route says which interface the group is on';

/** Sets what is named, and leaves the rest as it is. @throws KernelError ENODEV, EADDRNOTAVAIL */
export function configureMulticast(fd: number, family: AddressFamily, options: MulticastSendOptions): void {
  const isV4 = family === 'IPv4';
  const level = isV4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (options.interface !== undefined) {
    const index = toIndex(fd, options.interface);
    // struct ip_mreqn: only its index, the third field, counts.
    const value = isV4 ? new CStruct(12).s32(8, index).bytes : index;
    const action = `send multicast from interface ${quote(options.interface)}`;
    setSocketOption(fd, level, isV4 ? IP_MULTICAST_IF : IPV6_MULTICAST_IF, value, action);
  }
  if (options.ttl !== undefined) {
    const action = `set the TTL of multicast to ${options.ttl}`;
    setSocketOption(fd, level, isV4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, options.ttl, action);
  }
  if (options.loop !== undefined) {
    const action = `set the loop of multicast to ${options.loop}`;
    setSocketOption(fd, level, isV4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, Number(options.loop), action);
  }
}

export function findMulticastMistakes(options: MulticastSendOptions): readonly string[] {
  return [
    ...findInterfaceMistakes(options.interface),
    ...findNumberMistakes('ttl', options.ttl, 0, 255),
    ...findFlagMistakes('loop', options.loop),
  ];
}

function findInterfaceMistakes(value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'string' && value !== '')) return [];
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return [];
  return [`interface must be the name or the index of an interface, not ${quote(value)}`];
}

export function findGroupMistakes(group: unknown, family: AddressFamily): readonly string[] {
  const example = family === 'IPv4' ? '239.1.1.1' : 'ff05::1';
  const mistake = `group must be a multicast address of ${family}, such as "${example}", not ${quote(group)}`;
  if (typeof group !== 'string' || familyOf(group) !== family) return [mistake];
  return isGroupAddress(group) ? [] : [mistake];
}

/** Whether an IP address is that of a multicast group. */
export function isGroupAddress(address: string): boolean {
  const bytes = toAddressBytes(address);
  const [first = 0] = bytes;
  return bytes.length === 4 ? first >= 224 && first <= 239 : first === 0xff;
}

function toIndex(fd: number, nameOrIndex: string | number | undefined): number {
  if (typeof nameOrIndex === 'string') return findInterfaceIndex(fd, nameOrIndex);
  return nameOrIndex ?? 0;
}
