import { readFileSync, readlinkSync } from 'node:fs';
import { CStruct } from '../../native/c-struct.js';
import { FileDescriptor } from '../../native/file-descriptor.js';
import { runInNetns } from '../../native/netns.js';
import { systemCall } from '../../native/system-call.js';
import { parseSockets, SOCKET_PROTOCOLS, type SocketEntry } from '../../process/proc/socket-table.js';

/** include/uapi/linux/sockios.h: the network namespace of a socket, as a file descriptor. */
const SIOCGSKNS = 0x894c;
/** include/uapi/asm-generic/socket.h */
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;

const DOMAINS: Readonly<Record<number, string>> = { 1: 'unix', 2: 'IPv4', 10: 'IPv6', 16: 'netlink', 17: 'packet' };
const TYPES: Readonly<Record<number, string>> = { 1: 'stream', 2: 'datagram', 3: 'raw', 5: 'seqpacket' };
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 2: 'IGMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' };

/** What kind of socket it is, its addresses and its namespace: `, of TCP over IPv4, 10.0.0.1:80 (listen) in net:[1]`. */
export function describeSocket(fd: number): string | undefined {
  const domain = readOption(fd, SO_DOMAIN);
  if (domain === undefined) return undefined;
  const isInternet = domain === 2 || domain === 10;
  const protocol = isInternet ? PROTOCOLS[readOption(fd, SO_PROTOCOL) ?? 0] : undefined;
  const family = DOMAINS[domain] ?? `family ${domain}`;
  const kind =
    protocol === undefined
      ? `${family} (${TYPES[readOption(fd, SO_TYPE) ?? 0] ?? 'other'})`
      : `${protocol} over ${family}`;
  const number = systemCall('ioctl', fd, SIOCGSKNS, 0);
  // Without CAP_NET_ADMIN where the socket is, its namespace is not told.
  if (number < 0) return `: ${kind}`;
  using netns = new FileDescriptor(number);
  const entry = isInternet ? findEntry(fd, netns.number) : undefined;
  const where = readlinkSync(`/proc/self/fd/${netns.number}`);
  return `: ${kind}${entry === undefined ? '' : `, ${describeEntry(entry)}`} in ${where}`;
}

function readOption(fd: number, option: number): number | undefined {
  const value = new CStruct(4);
  const result = systemCall('getsockopt', fd, SOL_SOCKET, option, value, new CStruct(4).u32(0, 4));
  return result < 0 ? undefined : value.readU32(0);
}

function findEntry(fd: number, netns: number): SocketEntry | undefined {
  const inode = Number(/\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[0]);
  for (const protocol of SOCKET_PROTOCOLS) {
    const entries = parseSockets(protocol, readTable(netns, protocol));
    const found = entries.find((each) => each.inode === inode);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Empty where the kernel has none, or the namespace may not be entered. */
function readTable(netns: number, name: string): string {
  try {
    return runInNetns(netns, () => readFileSync(`/proc/thread-self/net/${name}`, 'latin1'));
  } catch {
    return '';
  }
}

function describeEntry({ localAddress, localPort, remoteAddress, remotePort, state }: SocketEntry): string {
  const join = (address: string, port: number) => `${address.includes(':') ? `[${address}]` : address}:${port}`;
  const remote = remotePort === 0 ? '' : ` to ${join(remoteAddress, remotePort)}`;
  return `${join(localAddress, localPort)}${remote}${state === 'close' ? '' : ` (${state})`}`;
}
