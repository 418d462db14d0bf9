import { type LookupFunction, Socket } from 'node:net';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AbortedError, TimeoutError, UsageError } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { findInterfaceIndex, openSocket } from '../../native/socket.js';
import { familyOf, splitZone } from '../../native/socket-address.js';
import type { Inside } from '../inside.js';
import {
  findAbstractNameMistakes,
  findFlagMistakes,
  findNumberMistakes,
  findSignalMistakes,
  findTimeoutMistakes,
  MAX_PORT,
} from './checks.js';
import { setDeadline } from './deadline.js';
import { type HostTable, resolveHost } from './host-table.js';

/** What every connection may say of itself. */
export interface ConnectionSettings {
  /** Whether the socket stays writable when the other end has ended. @defaultValue false */
  readonly allowHalfOpen?: boolean;
  /** How long connecting may take, in milliseconds. @defaultValue as long as the kernel tries */
  readonly timeoutMs?: number;
  /** Destroys the socket. */
  readonly signal?: AbortSignal;
}

/** Where a connection of TCP goes. */
export interface ConnectTcpOptions extends ConnectionSettings {
  /** An IP address, or a name of the hosts; `localhost` is 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  /** An IP address of the namespace. @defaultValue the one that the route says */
  readonly localAddress?: string;
  /** @defaultValue 0: one that is free */
  readonly localPort?: number;
  /** Whether small pieces are sent at once. @defaultValue false */
  readonly noDelay?: boolean;
  /** Names, looked at before those of the namespace. */
  readonly hosts?: HostTable;
}

/** Which abstract unix socket of the namespace a connection goes to. */
export interface ConnectUnixOptions extends ConnectionSettings {
  /** Without the NUL before it. */
  readonly abstractName: string;
}

/** Where a connection goes. */
export type ConnectOptions = ConnectTcpOptions | ConnectUnixOptions;

/** Opens a socket inside and begins to connect it: it is a socket of Node's, with Node's events. */
export function connectInside(inside: Inside, options: ConnectOptions): Socket {
  const subject = 'Netns.connect';
  checkOptions(subject, options);
  const isUnix = 'abstractName' in options;
  const mistakes = isUnix ? findUnixMistakes(options) : findTcpMistakes(options);
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return isUnix ? connectUnix(inside, options) : connectTcp(inside, subject, options);
}

function connectTcp(inside: Inside, subject: string, options: ConnectTcpOptions): Socket {
  const address = resolveHost(subject, options.host, options.hosts, inside.hosts);
  const { localAddress, localPort, noDelay, port } = options;
  if (localAddress !== undefined) resolveHost(subject, localAddress);
  const { zone } = splitZone(address);
  const fd = inside.run(() => openSocket(familyOf(address) ?? 'IPv4', 'stream'));
  if (zone !== undefined) requireInterface(fd, zone);
  const socket = adopt(inside, fd.number, `${options.host} port ${port}`, options);
  if (noDelay) socket.setNoDelay(true);
  const target = {
    port,
    autoSelectFamily: false,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(localPort === undefined ? {} : { localPort }),
  };
  if (zone === undefined) socket.connect({ ...target, host: address });
  else {
    // A zone is looked up where the thread is when Node connects: at once after a lookup, and a turn later without.
    const lookup: LookupFunction = (_host, _options, done) => done(null, address, 6);
    inside.run(() => void socket.connect({ ...target, host: 'inside', lookup }));
  }
  return socket;
}

function requireInterface(socket: FileDescriptor, name: string): void {
  try {
    findInterfaceIndex(socket.number, name);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function connectUnix(inside: Inside, options: ConnectUnixOptions): Socket {
  const fd = inside.run(() => openSocket('unix', 'stream'));
  const socket = adopt(inside, fd.number, `abstract unix socket ${JSON.stringify(options.abstractName)}`, options);
  socket.connect({ path: `\0${options.abstractName}` });
  return socket;
}

/** Node connects the socket it is given instead of making one, which would be where the thread is by then. */
function adopt(inside: Inside, fd: number, place: string, settings: ConnectionSettings): Socket {
  const { allowHalfOpen = false, signal, timeoutMs } = settings;
  const socket = new Socket({ fd, allowHalfOpen });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  inside.belongings.add({ label: `connection to ${place}`, stop: () => socket.destroy(), ended });
  if (timeoutMs !== undefined) limitConnecting(socket, place, timeoutMs);
  if (signal !== undefined) {
    const abort = (): void => {
      socket.destroy(new AbortedError(`The connection to ${place} was aborted`, { cause: signal.reason }));
    };
    if (signal.aborted) queueMicrotask(abort);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
  }
  return socket;
}

function limitConnecting(socket: Socket, place: string, timeoutMs: number): void {
  const cancel = setDeadline(timeoutMs, () => {
    const message = `No connection to ${place} within ${timeoutMs} ms. Is there a route, and does a firewall drop it?`;
    socket.destroy(new TimeoutError(message, timeoutMs));
  });
  socket.once('connect', cancel);
  socket.once('close', cancel);
}

const SETTINGS = ['allowHalfOpen', 'timeoutMs', 'signal'] as const;

function findSettingsMistakes(options: ConnectionSettings): readonly string[] {
  return [
    ...findFlagMistakes('allowHalfOpen', options.allowHalfOpen),
    ...findTimeoutMistakes(options.timeoutMs),
    ...findSignalMistakes(options.signal),
  ];
}

function findUnixMistakes(options: ConnectUnixOptions): readonly string[] {
  return [
    ...findUnknownOptions(options, ['abstractName', ...SETTINGS]),
    ...findAbstractNameMistakes(options.abstractName),
    ...findSettingsMistakes(options),
  ];
}

function findTcpMistakes(options: ConnectTcpOptions): readonly string[] {
  const known = ['host', 'port', 'localAddress', 'localPort', 'noDelay', 'hosts', 'abstractName', ...SETTINGS];
  return [
    ...findUnknownOptions(options, known),
    ...findNumberMistakes('port', options.port ?? null, 1, MAX_PORT),
    ...findNumberMistakes('localPort', options.localPort, 0, MAX_PORT),
    ...findFlagMistakes('noDelay', options.noDelay),
    ...findSettingsMistakes(options),
  ];
}
