import { decodeFamily, encodeFamily } from './address-family.js';
import { Attributes, viewOf } from './attributes.js';
import { findChoiceProblems, throwProblems } from './checks.js';
import { formatIpAddress, type IpFamily } from './ip-address.js';
import { malformed } from './malformed.js';
import { type NetlinkMessage, type NetlinkRequest, readHeader } from './message.js';
import { NumberNames } from './number-names.js';

/** The family of netlink that requests about sockets go to. */
export const NETLINK_SOCK_DIAG = 4;
/** include/uapi/linux/sock_diag.h: the one type, of requests and of answers. */
export const SOCK_DIAG_BY_FAMILY = 20;

/** struct inet_diag_req_v2: family, protocol, extensions, padding, states, and the identity of a socket. */
const REQUEST_BYTES = 56;
/** struct inet_diag_msg: family, state, timer, retransmissions, identity, expiry, two queues, user, inode. */
const MESSAGE_BYTES = 72;
/** struct inet_diag_sockid in that: ports, source, destination, interface, cookie. */
const IDENTITY_AT = 4;
const INET_DIAG = { SKMEMINFO: 7, SKV6ONLY: 11 } as const;
const ALL_STATES = 0xffffffff;

/** Protocols of IP. */
const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** Where a socket is in its life: of UDP, `established` is one that is connected and `close` one that is not. */
export type SocketStatus =
  | 'established'
  | 'syn-sent'
  | 'syn-recv'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'time-wait'
  | 'close'
  | 'close-wait'
  | 'last-ack'
  | 'listen'
  | 'closing'
  | 'new-syn-recv';

/** include/net/tcp_states.h */
const STATES: NumberNames<SocketStatus> = new NumberNames([
  ['established', 1],
  ['syn-sent', 2],
  ['syn-recv', 3],
  ['fin-wait-1', 4],
  ['fin-wait-2', 5],
  ['time-wait', 6],
  ['close', 7],
  ['close-wait', 8],
  ['last-ack', 9],
  ['listen', 10],
  ['closing', 11],
  ['new-syn-recv', 12],
]);

export interface ListSocketsOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly family: IpFamily;
  /** @defaultValue all */
  readonly states?: readonly SocketStatus[];
}

/** How much memory a socket takes, and what it threw away for lack of it. */
export interface SocketMemory {
  /** What waits to be read, with the kernel's own overhead. */
  readonly receiveAllocatedBytes: number;
  /** SO_RCVBUF: packets that come when this much is taken are dropped. */
  readonly receiveBufferBytes: number;
  readonly sendAllocatedBytes: number;
  readonly sendBufferBytes: number;
  /** Packets that were dropped at this socket: no room, or a filter or checksum. */
  readonly drops: number;
}

/** A socket as the kernel lists it. */
export interface SocketState {
  readonly family: IpFamily;
  readonly state: SocketStatus | number;
  readonly localAddress: string;
  readonly localPort: number;
  /** `0.0.0.0` or `::`, and 0, of one that is not connected. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The link that it is bound to. */
  readonly ifindex: number | undefined;
  /** What no other socket of this machine has or will have. */
  readonly cookie: bigint;
  /** What waits to be read: bytes, of UDP with overhead; for one that listens, connections. */
  readonly receiveQueue: number;
  /** What waits to be acknowledged, or sent; for one that listens, the most that may wait. */
  readonly sendQueue: number;
  readonly userId: number;
  /** The number in `socket:[…]` of /proc/<pid>/fd; 0 for one that nobody holds any more. */
  readonly inode: number;
  /** Only of IPv6: it takes no IPv4. */
  readonly isIpv6Only: boolean | undefined;
  readonly memory: SocketMemory | undefined;
}

/**
 * Lists the sockets of a namespace, for a socket of {@link NETLINK_SOCK_DIAG}, `dump` and {@link decodeSockets}. ENOENT
 * for a protocol that the kernel cannot list (net/ipv4/inet_diag.c, inet_diag_dump; net/ipv4/udp_diag.c).
 *
 * @throws UsageError
 */
export function encodeListSockets(options: ListSocketsOptions): NetlinkRequest {
  const { protocol, family, states } = options;
  throwProblems('encodeListSockets', [
    ...(protocol === undefined ? ['protocol must be given'] : findChoiceProblems('protocol', protocol, ['tcp', 'udp'])),
    ...(family === undefined ? ['family must be given'] : findChoiceProblems('family', family, ['ipv4', 'ipv6'])),
    ...(states ?? []).flatMap((state, index) => findChoiceProblems(`states[${index}]`, state, STATES.names)),
  ]);
  const payload = new Uint8Array(REQUEST_BYTES);
  payload.set([encodeFamily(family), PROTOCOLS[protocol], 1 << (INET_DIAG.SKMEMINFO - 1)]);
  const wanted =
    states === undefined ? ALL_STATES : states.reduce((bits, state) => bits | (1 << STATES.numberOf(state)), 0);
  viewOf(payload).setUint32(4, wanted, true);
  return {
    name: 'SOCK_DIAG_BY_FAMILY',
    type: SOCK_DIAG_BY_FAMILY,
    flags: 0,
    payload,
    action: `list sockets of ${protocol} over ${family}`,
  };
}

/** @throws KernelError EBADMSG, for a family that is not of IP too. */
export function decodeSocket(message: NetlinkMessage): SocketState {
  const view = readHeader(message, 'a socket', MESSAGE_BYTES);
  const family = decodeFamily(view.getUint8(0));
  if (family === undefined) throw malformed('a socket', `Its family is ${view.getUint8(0)}, which is not of IP`);
  const state = view.getUint8(1);
  const addressBytes = family === 'ipv4' ? 4 : 16;
  const addressAt = (at: number) => formatIpAddress(message.payload.subarray(at, at + addressBytes));
  const ifindex = view.getUint32(IDENTITY_AT + 36, true);
  const attributes = new Attributes(message.payload.subarray(MESSAGE_BYTES));
  const isIpv6Only = attributes.u8(INET_DIAG.SKV6ONLY);
  const memory = attributes.bytes(INET_DIAG.SKMEMINFO);
  return {
    family,
    state: STATES.nameOf(state) ?? state,
    localAddress: addressAt(IDENTITY_AT + 4),
    localPort: view.getUint16(IDENTITY_AT),
    remoteAddress: addressAt(IDENTITY_AT + 20),
    remotePort: view.getUint16(IDENTITY_AT + 2),
    ifindex: ifindex === 0 ? undefined : ifindex,
    cookie: view.getBigUint64(IDENTITY_AT + 40, true),
    receiveQueue: view.getUint32(56, true),
    sendQueue: view.getUint32(60, true),
    userId: view.getUint32(64, true),
    inode: view.getUint32(68, true),
    isIpv6Only: isIpv6Only === undefined ? undefined : isIpv6Only !== 0,
    memory: memory === undefined ? undefined : decodeMemory(memory),
  };
}

/** The sockets of a dump. */
export function decodeSockets(messages: readonly NetlinkMessage[]): readonly SocketState[] {
  return messages.filter(({ type }) => type === SOCK_DIAG_BY_FAMILY).map(decodeSocket);
}

/** SK_MEMINFO_* of include/uapi/linux/sock_diag.h, four bytes each. */
function decodeMemory(bytes: Uint8Array): SocketMemory {
  const view = viewOf(bytes);
  const at = (index: number) => (4 * index + 4 > bytes.length ? 0 : view.getUint32(4 * index, true));
  return {
    receiveAllocatedBytes: at(0),
    receiveBufferBytes: at(1),
    sendAllocatedBytes: at(2),
    sendBufferBytes: at(3),
    drops: at(8),
  };
}
