import { encodeFamily } from './address-family.js';
import { viewOf } from './attributes.js';
import { familyOf, parseIpAddress } from './ip-address.js';
import type { NetlinkRequest } from './message.js';

/** include/uapi/linux/sock_diag.h */
const SOCK_DESTROY = 21;
/** struct inet_diag_req_v2: family, protocol, extensions, padding, states, and the identity of a socket. */
const REQUEST_BYTES = 56;
const IDENTITY_AT = 8;
const IPPROTO_TCP = 6;
/** INET_DIAG_NOCOOKIE: whichever socket it is. */
const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

/** Which connection, as its own end sees it. */
export interface ConnectionIdentity {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The link that it is bound to. @defaultValue none */
  readonly ifindex?: number | undefined;
  /**
   * Of `decodeSocket`. Without one, the kernel takes whatever it finds in the place of a connection that has ended
   * meanwhile: the socket that listens there (net/ipv4/inet_diag.c, inet_diag_find_one_icsk).
   *
   * @defaultValue whichever it is
   */
  readonly cookie?: bigint;
}

/**
 * Ends a TCP connection as if its program had asked for that: the program gets ECONNABORTED, and the other end a reset
 * (net/ipv4/tcp.c, tcp_abort). For a socket of `NETLINK_SOCK_DIAG`. ENOENT for one that is not there, ESTALE where
 * another is in its place; EOPNOTSUPP for a kernel without CONFIG_INET_DIAG_DESTROY; EPERM without CAP_NET_ADMIN.
 */
export function encodeDestroySocket(connection: ConnectionIdentity): NetlinkRequest {
  const { localAddress, localPort, remoteAddress, remotePort, ifindex = 0, cookie = NO_COOKIE } = connection;
  const payload = new Uint8Array(REQUEST_BYTES);
  payload.set([encodeFamily(familyOf(localAddress)), IPPROTO_TCP]);
  const view = viewOf(payload);
  // No state is left out, and the kernel looks for one socket.
  view.setUint32(4, 0xffffffff, true);
  view.setUint16(IDENTITY_AT, localPort);
  view.setUint16(IDENTITY_AT + 2, remotePort);
  payload.set(parseIpAddress(localAddress), IDENTITY_AT + 4);
  payload.set(parseIpAddress(remoteAddress), IDENTITY_AT + 20);
  view.setUint32(IDENTITY_AT + 36, ifindex, true);
  view.setBigUint64(IDENTITY_AT + 40, cookie, true);
  return {
    name: 'SOCK_DESTROY',
    type: SOCK_DESTROY,
    flags: 0,
    payload,
    action: `reset the connection from ${localAddress} port ${localPort} to ${remoteAddress} port ${remotePort}`,
  };
}
