import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { bindSocket, findInterfaceIndex, listenOnSocket, openSocket, setSocketOption } from '../../native/socket.js';
import { encodeAbstractAddress, encodeSocketAddress, familyOf, splitZone } from '../../native/socket-address.js';
import type { Inside } from '../inside.js';
import {
  findAbstractNameMistakes,
  findFlagMistakes,
  findFunctionMistakes,
  findNumberMistakes,
  MAX_PORT,
} from './checks.js';
import { resolveHost } from './host-table.js';
import { IPPROTO_IPV6, IPV6_V6ONLY, SO_REUSEADDR, SO_REUSEPORT, SOL_SOCKET } from './socket-options.js';

/** What Node itself takes. */
const DEFAULT_BACKLOG = 511;

/** Where a server of TCP listens. */
export interface ListenTcpOptions {
  /** An IP address of the namespace, or a name of its hosts. @defaultValue `0.0.0.0`: all of them, of IPv4 */
  readonly host?: string;
  /** @defaultValue 0: one that is free, see `server.address()` */
  readonly port?: number;
  /** How many connections may wait to be accepted. @defaultValue 511 */
  readonly backlog?: number;
  /** Whether several sockets may share the port. @defaultValue false */
  readonly reusePort?: boolean;
  /** Whether `::` takes connections of IPv6 alone. @defaultValue false */
  readonly ipv6Only?: boolean;
}

/** Where a server of an abstract unix socket listens: such names belong to a network namespace, those of files do not. */
export interface ListenUnixOptions {
  /** Without the NUL before it; at most 107 bytes. */
  readonly abstractName: string;
}

/** Where a server listens. */
export type ListenOptions = ListenTcpOptions | ListenUnixOptions;

/** Makes a server that listens inside. */
export function listenInside(inside: Inside, options: ListenOptions, onConnection?: (socket: Socket) => void): Server {
  checkListenOptions('Netns.listen', options, findFunctionMistakes('onConnection', onConnection));
  const server = createServer();
  if (onConnection !== undefined) server.on('connection', onConnection);
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  start(inside, 'Netns.listen', server, options, () => {
    for (const socket of connections) socket.destroy();
  });
  return server;
}

/** Makes a server of HTTP/1.1 that listens inside. */
export function serveInside(inside: Inside, handler: RequestListener, options: ListenOptions): HttpServer {
  const isHandler = typeof handler === 'function';
  checkListenOptions('Netns.serve', options, isHandler ? [] : [`handler must be a function, not ${quote(handler)}`]);
  const server = createHttpServer(handler);
  start(inside, 'Netns.serve', server, options, () => server.closeAllConnections());
  return server;
}

/** The kernel listens when this returns; the server's own event comes later. */
function start(
  inside: Inside,
  subject: string,
  server: Server,
  options: ListenOptions,
  closeConnections: () => void,
): void {
  const { socket, place } =
    'abstractName' in options
      ? openUnixListener(inside, options.abstractName)
      : openTcpListener(inside, resolveHost(subject, options.host ?? '0.0.0.0', inside.hosts), options);
  const ended = new Promise<void>((resolve) => server.once('close', resolve));
  // `exclusive`: a worker of node:cluster would pass the descriptor to its primary.
  server.listen({ fd: socket.number, exclusive: true });
  const stop = (): void => {
    if (server.listening) server.close();
    closeConnections();
  };
  inside.belongings.add({ label: `server at ${place}`, stop, ended });
}

interface Listener {
  /** Bound and listening; the server closes it. */
  readonly socket: FileDescriptor;
  /** As messages name it. */
  readonly place: string;
}

function openUnixListener(inside: Inside, name: string): Listener {
  const place = `abstract unix socket ${quote(name)}`;
  const socket = inside.run(() => openSocket('unix', 'stream'));
  return prepare(socket, place, () => {
    bindSocket(socket.number, encodeAbstractAddress(name), `bind a server to ${place}`);
    listenOnSocket(socket.number, DEFAULT_BACKLOG, `listen at ${place}`);
  });
}

function openTcpListener(inside: Inside, host: string, options: ListenTcpOptions): Listener {
  const { port = 0, backlog = DEFAULT_BACKLOG, reusePort = false, ipv6Only = false } = options;
  const place = `${host} port ${port}`;
  const { address, zone } = splitZone(host);
  const family = familyOf(address) ?? 'IPv4';
  const socket = inside.run(() => openSocket(family, 'stream'));
  return prepare(socket, place, () => {
    const fd = socket.number;
    setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1, 'set SO_REUSEADDR');
    if (reusePort) setSocketOption(fd, SOL_SOCKET, SO_REUSEPORT, 1, 'set SO_REUSEPORT');
    if (family === 'IPv6') setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, Number(ipv6Only), 'set IPV6_V6ONLY');
    const scopeId = zone === undefined ? 0 : findInterfaceIndex(fd, zone);
    bindSocket(fd, encodeSocketAddress(address, port, scopeId), `bind a server to ${place}`);
    listenOnSocket(fd, backlog, `listen at ${place}`);
  });
}

function prepare(socket: FileDescriptor, place: string, run: () => void): Listener {
  try {
    run();
  } catch (error) {
    socket.close();
    throw error;
  }
  return { socket, place };
}

function checkListenOptions(subject: string, options: ListenOptions, others: readonly string[]): void {
  checkOptions(subject, options);
  if ('abstractName' in options) {
    const mistakes = [
      ...findUnknownOptions(options, ['abstractName']),
      ...findAbstractNameMistakes(options.abstractName),
    ];
    if (mistakes.length + others.length > 0) throw new UsageError(subject, [...mistakes, ...others]);
    return;
  }
  const mistakes = [
    ...findUnknownOptions(options, ['host', 'port', 'backlog', 'reusePort', 'ipv6Only', 'abstractName']),
    ...findNumberMistakes('port', options.port, 0, MAX_PORT),
    ...findNumberMistakes('backlog', options.backlog, 0, 0x7fffffff),
    ...findFlagMistakes('reusePort', options.reusePort),
    ...findFlagMistakes('ipv6Only', options.ipv6Only),
    ...others,
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
