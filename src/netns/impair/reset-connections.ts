import { UnsupportedError, UsageError } from '../../core/errors.js';
import { NetlinkSocket } from '../../native/netlink-socket.js';
import { NetlinkConversation } from '../netlink/conversation.js';
import { encodeDestroySocket } from '../netlink/destroy-socket.js';
import { parseIpAddress } from '../netlink/ip-address.js';
import { type IpPrefix, parseIpPrefix } from '../netlink/ip-prefix.js';
import { decodeSockets, encodeListSockets, NETLINK_SOCK_DIAG, type SocketState } from '../netlink/sock-diag.js';
import type { Netns } from '../netns.js';
import { findPacketFilterMistakes, type PacketFilter } from '../packet-filter/packet-filter.js';

/** The states in which both ends know of each other. Those that wait for the last packets of all have nobody to tell. */
const CONNECTED = ['established', 'syn-recv', 'fin-wait-1', 'fin-wait-2', 'close-wait', 'last-ack', 'closing'] as const;
/** What stands before an address of IPv4 in a socket of IPv6: `::ffff:0:0/96`. */
const MAPPED_BYTES = 12;

/** A connection that was reset, as the end saw it at which that was done. */
export interface ResetConnection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/**
 * Resets TCP connections whose packets a filter means, those of either way, at one end: its program gets ECONNABORTED
 * at its next call, and the other end a reset, so ECONNRESET. Those that listen go on listening.
 *
 * @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_ADMIN
 * @throws UnsupportedError for a kernel that cannot (CONFIG_INET_DIAG_DESTROY)
 */
export function resetConnections(subject: string, netns: Netns, filter: PacketFilter): readonly ResetConnection[] {
  const isMeant = createConnectionFilter(subject, filter);
  using socket = netns.run(() => new NetlinkSocket(NETLINK_SOCK_DIAG));
  const conversation = new NetlinkConversation(socket);
  const reset: ResetConnection[] = [];
  for (const family of ['ipv4', 'ipv6'] as const) {
    const list = encodeListSockets({ protocol: 'tcp', family, states: CONNECTED });
    for (const each of decodeSockets(conversation.dump(list)).filter(isMeant)) {
      const error = conversation.attemptAll([encodeDestroySocket(each)]).get(0);
      if (error?.code === 'EOPNOTSUPP') {
        const fix = 'use a kernel with CONFIG_INET_DIAG_DESTROY, or host.firewall.reject with "tcp-reset"';
        const reason = 'this kernel closes no connection for others';
        throw new UnsupportedError({ capability: 'reset of connections', reason, fix }, { cause: error });
      }
      // It has ended meanwhile, or was reset at its other end, in the same host; ESTALE where another socket is found in
      // its place, such as the one that listens there.
      if (error !== undefined && error.code !== 'ENOENT' && error.code !== 'ESTALE') throw error;
      const { localAddress, localPort, remoteAddress, remotePort } = each;
      if (error === undefined) reset.push({ localAddress, localPort, remoteAddress, remotePort });
    }
  }
  return reset;
}

/** The connections of several hosts, each as its first end saw it: the reset may not have come to the other yet. */
export function withoutSecondEnds(all: readonly ResetConnection[]): readonly ResetConnection[] {
  const seen = new Set<string>();
  return all.filter(({ localAddress, localPort, remoteAddress, remotePort }) => {
    const [here, there] = [nameEnd(localAddress, localPort), nameEnd(remoteAddress, remotePort)];
    if (seen.has(`${there} ${here}`)) return false;
    seen.add(`${here} ${there}`);
    return true;
  });
}

/** The same for an address of IPv4 and for that address in a socket of IPv6. */
function nameEnd(address: string, port: number): string {
  return `${plainAddress(address).join('.')} ${port}`;
}

/** Whether packets of a connection, to either side, are meant. @throws UsageError */
export function createConnectionFilter(subject: string, filter: PacketFilter): (socket: SocketState) => boolean {
  const mistakes = [...findPacketFilterMistakes('filter', filter)];
  const protocol: unknown = Reflect.get(Object(filter), 'protocol');
  if (mistakes.length === 0 && protocol !== undefined && protocol !== 'tcp')
    mistakes.push('filter.protocol must be "tcp", or be left out: only TCP has connections');
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  const [source, destination, host] = [filter.source, filter.destination, filter.host].map((text) =>
    text === undefined ? undefined : parseIpPrefix(text),
  );
  const { sourcePort, destinationPort, port } = filter;
  const isMeant = (from: End, to: End): boolean =>
    isIn(from, source) &&
    isIn(to, destination) &&
    (isIn(from, host) || isIn(to, host)) &&
    (sourcePort ?? from.port) === from.port &&
    (destinationPort ?? to.port) === to.port &&
    (port === undefined || port === from.port || port === to.port);
  return (socket) => {
    const local = { address: plainAddress(socket.localAddress), port: socket.localPort };
    const remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort };
    return isMeant(local, remote) || isMeant(remote, local);
  };
}

interface End {
  readonly address: Uint8Array;
  readonly port: number;
}

function plainAddress(text: string): Uint8Array {
  const bytes = parseIpAddress(text);
  const isMapped =
    bytes.length === 16 && bytes.subarray(0, MAPPED_BYTES).every((byte, index) => byte === (index < 10 ? 0 : 0xff));
  return isMapped ? bytes.subarray(MAPPED_BYTES) : bytes;
}

function isIn({ address }: End, prefix: IpPrefix | undefined): boolean {
  if (prefix === undefined) return true;
  if (address.length !== prefix.bytes.length) return false;
  return prefix.bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix.prefixLength - 8 * index));
    return (((address[index] ?? 0) ^ byte) & (0xff00 >> kept) & 0xff) === 0;
  });
}
