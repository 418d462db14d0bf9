import type { ReadyTarget } from './ready-target.js';

/** When a program counts as ready. */
export type ReadySpec =
  | ReadyDescriptor
  | ReadyNotify
  | ReadyListening
  | ReadyHttp
  | ReadyGrpc
  | ReadyLog
  | ReadyFile
  | ((target: ReadyTarget, signal: AbortSignal) => Promise<unknown>);

/** It writes a byte to a descriptor that it is given, whose number is in `READY_FD`; the surest way, and the fastest. */
export interface ReadyDescriptor {
  /** The number that it has there, from 3. */
  readonly fd: number;
}

/** It sends `READY=1` to the socket that `NOTIFY_SOCKET` names, as services of systemd do: sd_notify(3). */
export interface ReadyNotify {
  readonly notify: true;
}

/** It, or what it has started, listens: a port of TCP, a bound port of UDP, or a Unix socket. Nothing is sent there. */
export interface ReadyListening {
  readonly listening: { readonly tcp: number } | { readonly udp: number } | { readonly unix: string };
}

/** A request of HTTP is answered, from where the program is. */
export interface ReadyHttp {
  /** With an IP address, or `localhost`: `http://127.0.0.1:8080/health`. */
  readonly http: string;
  /** @defaultValue any from 200 to 299 */
  readonly status?: number;
}

/** The health service of gRPC (grpc.health.v1) says SERVING, without TLS. */
export interface ReadyGrpc {
  readonly grpc: {
    readonly port: number;
    /** An IP address. @defaultValue '127.0.0.1' */
    readonly host?: string;
    /** @defaultValue '': the server as a whole */
    readonly service?: string;
  };
}

/** A line that it writes: one with this text in it, or one that matches. */
export interface ReadyLog {
  readonly log: string | RegExp;
}

/** A file is there. One that was there before has to be another, or to have been written anew. */
export interface ReadyFile {
  /** From the program's working directory. */
  readonly file: string;
  /**
   * A text that it has to hold, or a pattern, for one that is written bit by bit; `''` for one that stays empty.
   *
   * @defaultValue anything: a file that is empty was made, or cut off, to be written in a moment
   */
  readonly content?: string | RegExp;
}
