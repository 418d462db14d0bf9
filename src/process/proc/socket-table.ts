import { decodeIpv4, decodeIpv6Words } from './addresses.js';
import { areDefined, malformedLine, parseCount, parseHex, splitLines, splitWords } from './malformed.js';

/** The states of TCP, in the order of their numbers from 1: include/net/tcp_states.h. */
const TCP_STATES = [
  'established',
  'syn-sent',
  'syn-received',
  'fin-wait-1',
  'fin-wait-2',
  'time-wait',
  'close',
  'close-wait',
  'last-ack',
  'listen',
  'closing',
  'new-syn-received',
  'bound-inactive',
] as const;

/** The state of a socket. One of UDP is `close`, or `established` when it is connected. */
export type SocketState = (typeof TCP_STATES)[number];

/** The files of sockets, by their names. */
export const SOCKET_PROTOCOLS = ['udp', 'udp6', 'tcp', 'tcp6'] as const;

/** One of the files of sockets: a protocol over IPv4, or over IPv6. */
export type SocketProtocol = (typeof SOCKET_PROTOCOLS)[number];

/** One socket as the kernel lists it. */
export interface SocketEntry {
  readonly protocol: SocketProtocol;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly state: SocketState;
  /** What waits to be sent, or to be acknowledged. */
  readonly sendQueueBytes: number;
  /** What waits to be read; of a socket that listens, connections that wait to be accepted. */
  readonly receiveQueueBytes: number;
  /** The user it belongs to. */
  readonly uid: number;
  /** As in `/proc/<pid>/fd`; 0 when no process has it any more. */
  readonly inode: number;
  /** Datagrams that found the receive buffer full; of UDP alone. */
  readonly drops?: number;
}

/** /proc/net/udp, udp6, tcp or tcp6: Documentation/networking/proc_net_tcp.rst. @throws KernelError EBADMSG */
export function parseSockets(protocol: SocketProtocol, text: string): readonly SocketEntry[] {
  return splitLines(text)
    .slice(1)
    .map((line) => parseLine(protocol, line));
}

function parseLine(protocol: SocketProtocol, line: string): SocketEntry {
  const [, local = '', remote = '', stateHex, queues = '', , , uidText, , inodeText, ...rest] = splitWords(line);
  const [sendQueue, receiveQueue] = queues.split(':');
  const from = parseEndpoint(protocol, local);
  const to = parseEndpoint(protocol, remote);
  const state = TCP_STATES[(parseHex(stateHex) ?? 0) - 1];
  const numbers = [parseHex(sendQueue), parseHex(receiveQueue), parseCount(uidText), parseCount(inodeText)];
  if (from === undefined || to === undefined || state === undefined || !areDefined(numbers)) {
    throw malformedLine(protocol, line);
  }
  const [sendQueueBytes = 0, receiveQueueBytes = 0, uid = 0, inode = 0] = numbers;
  const drops = protocol.startsWith('udp') ? parseCount(rest[2]) : undefined;
  return {
    protocol,
    localAddress: from.address,
    localPort: from.port,
    remoteAddress: to.address,
    remotePort: to.port,
    state,
    sendQueueBytes,
    receiveQueueBytes,
    uid,
    inode,
    ...(drops === undefined ? {} : { drops }),
  };
}

function parseEndpoint(protocol: SocketProtocol, text: string) {
  const [hex = '', portHex] = text.split(':');
  const address = protocol.endsWith('6') ? decodeIpv6Words(hex) : decodeIpv4(hex);
  const port = parseHex(portHex);
  return address === undefined || port === undefined || port > 0xffff ? undefined : { address, port };
}
