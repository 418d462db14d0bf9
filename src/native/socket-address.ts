import { isIPv4, isIPv6 } from 'node:net';
import { quote, UsageError } from '../core/errors.js';

/** The families of addresses, as Node names them. */
export type AddressFamily = 'IPv4' | 'IPv6';

/** Address families of Linux: include/linux/socket.h. */
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** The family of an IP address as text; `undefined` for anything else. */
export function familyOf(address: string): AddressFamily | undefined {
  if (isIPv4(address)) return 'IPv4';
  return isIPv6(address) ? 'IPv6' : undefined;
}

/** An address of IPv6 and the name of its zone: `fe80::1%eth0` is `fe80::1` on `eth0`. */
export function splitZone(address: string): { readonly address: string; readonly zone: string | undefined } {
  const at = address.indexOf('%');
  if (at < 0) return { address, zone: undefined };
  return { address: address.slice(0, at), zone: address.slice(at + 1) };
}

/** The bytes of an IP address, 4 or 16 in network order. @throws UsageError for anything that is none */
export function toAddressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  if (!isIPv6(address)) throw new UsageError('address', `${quote(address)} is no IP address`);
  const { address: plain } = splitZone(address);
  // A tail in IPv4's form stands for two groups: ::ffff:10.0.0.1.
  const hex = plain.replace(/[^:]*\.[^:]*$/, (tail) => {
    const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = hex.split('::');
  const front = toGroups(head);
  const back = tail === undefined ? [] : toGroups(tail);
  const groups = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** struct sockaddr_in or sockaddr_in6 (include/uapi/linux/in.h, in6.h). `scopeId` is the index of a link-local address's device. */
export function encodeSocketAddress(address: string, port: number, scopeId = 0): Uint8Array {
  const bytes = toAddressBytes(address);
  const isV4 = bytes.length === 4;
  const encoded = new Uint8Array(isV4 ? 16 : 28);
  const view = new DataView(encoded.buffer);
  view.setUint16(0, isV4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  encoded.set(bytes, isV4 ? 4 : 8);
  if (!isV4) view.setUint32(24, scopeId, true);
  return encoded;
}

/** What of a path fits into `sun_path` with the NUL behind it: include/uapi/linux/un.h */
export const MAX_UNIX_PATH_BYTES = 107;

/** struct sockaddr_un of a file. @throws UsageError for a path that is too long */
export function encodePathAddress(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length > MAX_UNIX_PATH_BYTES)
    throw new UsageError(
      'address',
      `${quote(path)} is too long for a Unix socket: at most ${MAX_UNIX_PATH_BYTES} bytes`,
    );
  const encoded = new Uint8Array(3 + bytes.length);
  new DataView(encoded.buffer).setUint16(0, AF_UNIX, true);
  encoded.set(bytes, 2);
  return encoded;
}

/** struct sockaddr_un (include/uapi/linux/un.h) of a name that belongs to a network namespace, which has a NUL before it. */
export function encodeAbstractAddress(name: string): Uint8Array {
  const path = new TextEncoder().encode(`\0${name}`);
  const encoded = new Uint8Array(2 + path.length);
  new DataView(encoded.buffer).setUint16(0, AF_UNIX, true);
  encoded.set(path, 2);
  return encoded;
}

function toGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
