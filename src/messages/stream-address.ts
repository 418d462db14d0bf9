import { connect, createServer, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { quote, UnsupportedError } from '../core/errors.js';

/** A named pipe of Windows. */
export type PipePath = `\\\\.\\pipe\\${string}` | `\\\\?\\pipe\\${string}`;

/**
 * Where somebody listens: a port of TCP (0 is one that is free), the path of a Unix socket, or the name of a pipe of
 * Windows.
 */
export type StreamAddress =
  | { readonly tcp: number /** @defaultValue all addresses; `127.0.0.1` to call */; readonly host?: string }
  | { readonly unix: string }
  | { readonly pipe: PipePath };

/** Whose network is used: a host of a lab, or a `Netns`. Unix sockets are in the file system, and so everybody's. */
export interface MessagePlace {
  listen(options: { readonly host?: string; readonly port?: number }, onConnection: (socket: Socket) => void): Server;
  connect(options: { readonly host: string; readonly port: number }): Socket;
}

/** include/uapi/linux/un.h: sun_path, with its NUL. */
const MAX_UNIX_BYTES = 107;
const PIPE = /^\\\\[.?]\\pipe\\[^\\]/i;

/** What is wrong with an address. */
export function findAddressMistakes(address: unknown): readonly string[] {
  const { tcp, host, unix, pipe }: { tcp?: unknown; host?: unknown; unix?: unknown; pipe?: unknown } = Object(address);
  const mistakes: string[] = [];
  if ([tcp, unix, pipe].filter((each) => each !== undefined).length !== 1)
    mistakes.push(`either { tcp: port } or { unix: path } must be given, not ${quote(address)}`);
  if (tcp !== undefined && !(typeof tcp === 'number' && Number.isInteger(tcp) && tcp >= 0 && tcp <= 0xffff))
    mistakes.push(`tcp must be a port from 0 to 65535, not ${quote(tcp)}`);
  if (host !== undefined && (typeof host !== 'string' || host === ''))
    mistakes.push(`host must be an address or a name, not ${quote(host)}`);
  if (unix !== undefined) mistakes.push(...findUnixMistakes(unix));
  if (pipe !== undefined && !(typeof pipe === 'string' && PIPE.test(pipe)))
    mistakes.push(`pipe must be a name such as ${quote('\\\\.\\pipe\\broker')}, not ${quote(pipe)}`);
  return mistakes;
}

function findUnixMistakes(path: unknown): readonly string[] {
  if (typeof path !== 'string' || path === '') return [`unix must be a path, not ${quote(path)}`];
  // A file of that strange name would be made.
  if (PIPE.test(path)) return [`unix must be a path; for a pipe of Windows give { pipe: ${quote(path)} }`];
  if (path.includes('\0')) return [`unix must not contain a NUL character; received ${quote(path)}`];
  const bytes = Buffer.byteLength(path);
  return bytes <= MAX_UNIX_BYTES
    ? []
    : [`unix must be at most ${MAX_UNIX_BYTES} bytes long, and ${quote(path)} has ${bytes}: use a shorter folder`];
}

/** `127.0.0.1:9000`, `/run/broker.sock`. */
export function describeAddress(address: StreamAddress): string {
  if ('tcp' in address) return `${address.host ?? '127.0.0.1'}:${address.tcp}`;
  return 'unix' in address ? address.unix : address.pipe;
}

/** Listens when this resolves. @throws Node's errors: EADDRINUSE, EACCES @throws UnsupportedError for a pipe elsewhere */
export async function listenAt(
  address: StreamAddress,
  onConnection: (socket: Socket) => void,
  place?: MessagePlace,
): Promise<Server> {
  requirePipes(address);
  const isPlaced = place !== undefined && 'tcp' in address;
  const server = isPlaced
    ? place.listen({ port: address.tcp, ...(address.host !== undefined && { host: address.host }) }, onConnection)
    : createServer(onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    if (isPlaced) return;
    if ('tcp' in address)
      server.listen({ port: address.tcp, ...(address.host !== undefined && { host: address.host }) });
    else server.listen('unix' in address ? address.unix : address.pipe);
  });
  return server;
}

/** The port that a server listens on; 0 for what has none. */
export function readPort(server: Server): number {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

/** Is connected when this resolves. @throws Node's errors: ECONNREFUSED, ENOENT @throws UnsupportedError for a pipe elsewhere */
export async function dialTo(address: StreamAddress, place?: MessagePlace, signal?: AbortSignal): Promise<Socket> {
  requirePipes(address);
  signal?.throwIfAborted();
  const socket = open(address, place);
  const abort = (): void => {
    socket.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal?.reason }));
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return socket;
}

function open(address: StreamAddress, place: MessagePlace | undefined): Socket {
  if (!('tcp' in address)) return connect('unix' in address ? address.unix : address.pipe);
  const to = { host: address.host ?? '127.0.0.1', port: address.tcp };
  return place === undefined ? connect({ ...to, noDelay: true }) : place.connect(to);
}

function requirePipes(address: StreamAddress): void {
  if (!('pipe' in address) || process.platform === 'win32') return;
  throw new UnsupportedError({
    capability: 'named pipes',
    reason: `${quote(address.pipe)} is a pipe of Windows, and this is ${process.platform}`,
    fix: 'give { unix: path } here',
  });
}
