import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { quote } from '../../core/errors.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { bindSocket, listenOnSocket, openSocket, readSocketPort, setSocketOption } from '../../native/socket.js';
import { encodePathAddress, encodeSocketAddress, familyOf } from '../../native/socket-address.js';
import { Journal } from '../journal/journal.js';
import { removeFile } from '../remove-file.js';
import type { SpawnPlace } from '../spawn-options.js';

/** A socket that is bound here, and handed to a program: one that listens, or one of UDP. */
export type HandedSocketSpec =
  | { readonly tcp: number; readonly host?: string }
  | { readonly udp: number; readonly host?: string }
  | { readonly unix: string };

/** A socket that a program was handed. */
export interface HandedSocket {
  /** The port that it has; of a Unix socket none. */
  readonly port: number | undefined;
  /** Of a Unix socket. */
  readonly path: string | undefined;
  /** The number of its descriptor in this process. */
  readonly fd: number;
}

/** The number of the first socket of a program: SD_LISTEN_FDS_START in sd-daemon.h. */
const FIRST_NUMBER = 3;
const BACKLOG = 511;
/** include/uapi/asm-generic/socket.h */
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;

/** Tells a program its own number, which nobody knows before it runs, and becomes it. */
const TELL_PID = ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$0" "$@"'];

/**
 * Sockets that were bound before a program runs, and that stay when it ends: nobody else can have the port, and what
 * connects while it starts again waits. They are handed over as systemd does it: sd_listen_fds(3).
 */
export class HandedSockets {
  readonly sockets: Readonly<Record<string, HandedSocket>>;
  readonly #journal = new Journal();
  readonly #open: readonly { readonly name: string; readonly descriptor: FileDescriptor; readonly path?: string }[];

  /** @throws KernelError EADDRINUSE, EADDRNOTAVAIL, EACCES; nothing is left open then */
  constructor(specs: Readonly<Record<string, HandedSocketSpec>>, place: SpawnPlace | undefined) {
    const open: { name: string; descriptor: FileDescriptor; path?: string }[] = [];
    const sockets: Record<string, HandedSocket> = {};
    this.#open = open;
    this.sockets = sockets;
    try {
      for (const [name, spec] of Object.entries(specs)) {
        const bind = (): FileDescriptor => openBound(name, spec);
        const path = 'unix' in spec ? spec.unix : undefined;
        const start = (): FileDescriptor => place?.run(bind) ?? bind();
        const descriptor = path === undefined ? start() : this.#bindFile(resolve(path), start);
        open.push(path === undefined ? { name, descriptor } : { name, descriptor, path });
        const port = path === undefined ? readSocketPort(descriptor.number) : undefined;
        sockets[name] = { port, path, fd: descriptor.number };
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The kernel leaves the file of a socket when this process is killed. One that is there already is an error of bind(2). */
  #bindFile(path: string, start: () => FileDescriptor): FileDescriptor {
    if (existsSync(path)) return start();
    let descriptor: FileDescriptor | undefined;
    try {
      this.#journal.keep('socket', path, () => {
        descriptor = start();
      });
    } catch (error) {
      descriptor?.close();
      throw error;
    }
    return descriptor ?? start();
  }

  /** What a program has to be given. */
  get env(): Readonly<Record<string, string>> {
    if (this.#open.length === 0) return {};
    return { LISTEN_FDS: String(this.#open.length), LISTEN_FDNAMES: this.#open.map(({ name }) => name).join(':') };
  }

  /** The words before a command that tell it its number. */
  get prefix(): readonly string[] {
    return this.#open.length === 0 ? [] : TELL_PID;
  }

  /** From 3 on, in the order of the names. */
  get descriptors(): readonly { readonly number: number; readonly fd: number }[] {
    return this.#open.map(({ descriptor }, index) => ({ number: FIRST_NUMBER + index, fd: descriptor.number }));
  }

  /** Safe to call twice. */
  close(): void {
    for (const { descriptor, path } of this.#open) {
      if (descriptor.closed) continue;
      descriptor.close();
      if (path !== undefined) removeFile(path);
    }
    this.#journal.close();
  }
}

function openBound(name: string, spec: HandedSocketSpec): FileDescriptor {
  const action = `bind socket ${quote(name)}`;
  if ('unix' in spec) {
    const socket = openSocket('unix', 'stream');
    return finish(socket, () => {
      bindSocket(socket.number, encodePathAddress(spec.unix), action);
      listenOnSocket(socket.number, BACKLOG, action);
    });
  }
  const { host = '0.0.0.0' } = spec;
  const isTcp = 'tcp' in spec;
  const socket = openSocket(familyOf(host) ?? 'IPv4', isTcp ? 'stream' : 'datagram');
  return finish(socket, () => {
    // Connections of an earlier run that are still being wound up are no reason to refuse.
    if (isTcp) setSocketOption(socket.number, SOL_SOCKET, SO_REUSEADDR, 1, action);
    bindSocket(socket.number, encodeSocketAddress(host, isTcp ? spec.tcp : spec.udp), action);
    if (isTcp) listenOnSocket(socket.number, BACKLOG, action);
  });
}

function finish(socket: FileDescriptor, prepare: () => void): FileDescriptor {
  try {
    prepare();
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
