import { fstatSync } from 'node:fs';
import type { Server as HttpServer, RequestListener } from 'node:http';
import type { Server, Socket } from 'node:net';
import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { DisposedError, quote, UsageError } from '../core/errors.js';
import { errnoOf, KernelError } from '../core/kernel-error.js';
import { explainLimit, explainNetnsRefusal } from '../native/explain-netns-refusal.js';
import type { FileDescriptor } from '../native/file-descriptor.js';
import { NetlinkSocket } from '../native/netlink-socket.js';
import { createNetns, openNetns, runInNetns } from '../native/netns.js';
import type { Shell } from '../process/shell/shell.js';
import { Belongings } from './belongings.js';
import type { Inside } from './inside.js';
import { NetlinkConversation } from './netlink/conversation.js';
import { probe } from './probe/probe.js';
import type { ProbeHost, ProbeOptions, ProbeResult } from './probe/probe-options.js';
import { ProcNet } from './proc/proc-net.js';
import { Sysctl } from './proc/sysctl.js';
import {
  type NetnsAddress,
  type NetnsNeighbour,
  type NetnsRoute,
  readAddresses,
  readNeighbours,
  readRoutes,
} from './read-tables.js';
import { type ConnectOptions, connectInside } from './sockets/connect.js';
import type { FetchOptions } from './sockets/fetch-options.js';
import type { HostTable } from './sockets/host-table.js';
import { HttpClient } from './sockets/http-client.js';
import { type ListenOptions, listenInside, serveInside } from './sockets/listen.js';
import type { UdpOptions } from './sockets/udp-options.js';
import { UdpSocket } from './sockets/udp-socket.js';
import { Guard } from './spawn/guard.js';
import { createShell } from './spawn/shell.js';
import { createSpawn, createSpawnSync, type SpawnInside, type SpawnSyncInside } from './spawn/spawn-inside.js';

/** How a namespace is known to glovebox. */
export interface NetnsOptions {
  /** Names for `connect`, `fetch`, `listen` and `udp`. @defaultValue `localhost` alone */
  readonly hosts?: HostTable;
}

/**
 * A network namespace without a name: nothing on the machine shows it, and the kernel takes it back, with everything
 * in it, when its last holder is gone, however this process ends.
 *
 * What is made through it (sockets, servers, children) ends with it: `await using` waits for that, and `close()` only
 * tells it to.
 *
 * @example
 * ```ts
 * await using netns = Netns.create();
 * const names = netns.run(() => Object.keys(networkInterfaces()));
 * const server = netns.serve((_request, response) => response.end('hello'), { host: '127.0.0.1', port: 80 });
 * const response = await netns.fetch('http://127.0.0.1/');
 * await netns.$`curl http://127.0.0.1/`;
 * ```
 */
export class Netns implements Disposable, AsyncDisposable {
  readonly #fd: FileDescriptor;
  readonly #inside: Inside;
  readonly #belongings = new Belongings();
  #socket: NetlinkSocket | undefined;
  #netlink: NetlinkConversation | undefined;
  #http: HttpClient | undefined;
  #guard: Guard | undefined;
  #spawn: SpawnInside | undefined;
  #spawnSync: SpawnSyncInside | undefined;
  #shell: Shell | undefined;
  /** Whether the thread is in it already, while it is made. */
  #isInside = false;
  #isEnding = false;
  #ending: Promise<void> | undefined;

  private constructor(fd: FileDescriptor, { hosts }: NetnsOptions, isOwn: boolean) {
    this.#fd = fd;
    const readInode = (): number => this.inode;
    this.#inside = {
      run: (run) => this.run(run),
      belongings: this.#belongings,
      hosts,
      guard: () => this.#startGuard(isOwn),
      get inode() {
        return readInode();
      },
    };
  }

  /**
   * A new namespace, with a loopback device that is down.
   *
   * @throws UnsupportedError without CAP_SYS_ADMIN, with how to have it here @throws KernelError ENOSPC, EMFILE
   */
  static create(options: NetnsOptions = {}): Netns {
    checkNetnsOptions('Netns.create', options);
    try {
      return new Netns(createNetns(), options, true);
    } catch (error) {
      throw explainNetnsRefusal(error);
    }
  }

  /**
   * @internal As `create`, and calls a function while it is inside, where `run` need not enter: to go in again twice, for
   * netlink and for settings, took 7 of 110 ms for a lab of a hundred hosts.
   */
  static createPrepared(options: NetnsOptions, prepare: (netns: Netns) => void): Netns {
    let netns: Netns | undefined;
    try {
      return createNetns((fd) => {
        netns = new Netns(fd, options, true);
        netns.#isInside = true;
        netns.#netlink = netns.#openNetlink();
        prepare(netns);
        netns.#isInside = false;
        return netns;
      });
    } catch (error) {
      netns?.close();
      throw netns === undefined ? explainNetnsRefusal(error) : explainLimit(error);
    }
  }

  /**
   * One that exists, by its path: `/run/netns/blue`. To close it is to let go of it.
   *
   * @defaultValue that of the calling thread
   * @throws KernelError ENOENT, EACCES, EINVAL for a path that leads to something else
   */
  static open(path?: string, options: NetnsOptions = {}): Netns {
    checkNetnsOptions('Netns.open', options);
    if (path !== undefined && (typeof path !== 'string' || path === ''))
      throw new UsageError('Netns.open', `path must be a path, such as "/run/netns/blue", not ${quote(path)}`);
    return new Netns(openNetns(path), options, false);
  }

  /** That of a process, which may end after: the namespace stays. @throws KernelError ESRCH, EACCES */
  static ofProcess(pid: number, options: NetnsOptions = {}): Netns {
    if (!Number.isInteger(pid) || pid <= 0)
      throw new UsageError('Netns.ofProcess', `pid must be the number of a process, not ${quote(pid)}`);
    try {
      return Netns.open(`/proc/${pid}/ns/net`, options);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      const action = `open the network namespace of process ${pid}`;
      throw new KernelError('ESRCH', { syscall: 'open', action, cause: error });
    }
  }

  /** Whether it has been given up: nothing can be done in it any more. */
  get closed(): boolean {
    return this.#fd.closed;
  }

  /** Its file descriptor, in this process. */
  get fd(): number {
    this.#assertOpen('fd');
    return this.#fd.number;
  }

  /** A path that leads to it from within this process. For people: `nsenter --net=/proc/<pid>/fd/<fd>`. */
  get path(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** What identifies it on this machine. */
  get inode(): number {
    return fstatSync(this.fd).ino;
  }

  /** rtnetlink, in this namespace. */
  get netlink(): NetlinkConversation {
    this.#assertOpen('netlink');
    this.#netlink ??= this.#openNetlink();
    return this.#netlink;
  }

  /** The settings of /proc/sys/net. */
  get sysctl(): Sysctl {
    return new Sysctl(this.#inside);
  }

  /** The tables and counters of /proc/net. */
  get proc(): ProcNet {
    return new ProcNet(this.#inside);
  }

  /** The addresses that its interfaces have at this moment. @throws DisposedError */
  readAddresses(): readonly NetnsAddress[] {
    return readAddresses(this);
  }

  /** The routes of this moment, those to its own addresses left out. @throws DisposedError */
  readRoutes(): readonly NetnsRoute[] {
    return readRoutes(this);
  }

  /** The neighbours that it knows at this moment. @throws DisposedError */
  readNeighbours(): readonly NetnsNeighbour[] {
    return readNeighbours(this);
  }

  /** Node's `child_process.spawn`, inside. A child leads a process group of its own, which is killed with the namespace. */
  get spawn(): SpawnInside {
    this.#assertOpen('spawn()');
    this.#spawn ??= createSpawn(this.#use('spawn()'));
    return this.#spawn;
  }

  /** Node's `child_process.spawnSync`, inside. */
  get spawnSync(): SpawnSyncInside {
    this.#assertOpen('spawnSync()');
    this.#spawnSync ??= createSpawnSync(this.#inside);
    return this.#spawnSync;
  }

  /** A shell of zx, whose commands run inside: ``await netns.$`ping -c 1 ${address}` ``. */
  get $(): Shell {
    this.#shell ??= createShell(this.#use('$'));
    return this.#shell;
  }

  /**
   * Runs a synchronous function inside and comes back; sockets that it makes stay inside.
   *
   * @throws UsageError when the function returns a promise @throws KernelError EPERM without CAP_SYS_ADMIN
   */
  run<R>(run: () => R): R {
    this.#assertOpen('run()');
    return this.#isInside ? run() : runInNetns(this.#fd.number, run);
  }

  /**
   * A server that listens inside, and does when this returns.
   *
   * @throws UsageError @throws KernelError EADDRINUSE, EADDRNOTAVAIL, EACCES
   */
  listen(options: ListenOptions = {}, onConnection?: (socket: Socket) => void): Server {
    return listenInside(this.#use('listen()'), options, onConnection);
  }

  /** A server of HTTP/1.1 that listens inside, and does when this returns. @throws UsageError @throws KernelError as `listen` */
  serve(handler: RequestListener, options: ListenOptions = {}): HttpServer {
    return serveInside(this.#use('serve()'), handler, options);
  }

  /**
   * A connection from inside, which tells of itself by the events of Node's sockets: `connect`, `error`.
   *
   * @throws UsageError for a host that is no IP address and in no table
   */
  connect(options: ConnectOptions): Socket {
    return connectInside(this.#use('connect()'), options);
  }

  /**
   * A request of HTTP/1.1 from inside, on connections that are kept. It resolves with the head of the response, whose
   * body is as it was sent: nothing is asked to be compressed.
   *
   * @throws UsageError, TimeoutError, AbortedError, or Node's error of the connection: ECONNREFUSED, EHOSTUNREACH
   */
  async fetch(url: string | URL, options: FetchOptions = {}): Promise<Response> {
    const inside = this.#use('fetch()');
    this.#http ??= new HttpClient(inside);
    return this.#http.fetch(url, options);
  }

  /** A UDP socket inside, bound when this returns. @throws UsageError @throws KernelError EADDRINUSE, EADDRNOTAVAIL */
  udp(options: UdpOptions = {}): UdpSocket {
    return new UdpSocket(this.#use('udp()'), options);
  }

  /**
   * Tries to reach an address, or a host of a lab: by an echo of ICMP, a datagram, or a connection, sent again until
   * something answers or the time is over. That nothing answered is a result, not an error.
   *
   * @throws UsageError @throws KernelError EADDRINUSE for a port of UDP that is taken there
   *
   * @example
   * ```ts
   * const { reached, reason } = await netns.probe('10.0.0.2');
   * ```
   */
  async probe(target: string | ProbeHost, options?: ProbeOptions): Promise<ProbeResult> {
    return probe(this.#use('probe()'), target, options);
  }

  /** @internal What the functions need that make something in it. @throws DisposedError */
  lend(action: string): Inside {
    return this.#use(action);
  }

  /** Kills the children, closes the sockets without waiting, and lets go of the namespace. Safe to call twice. */
  close(): void {
    this.#isEnding = true;
    this.#http?.close();
    const failures = [...this.#belongings.stop().values()];
    this.#socket?.close();
    this.#fd.close();
    if (failures.length > 0) throw new AggregateError(failures, 'What was open in a Netns could not be closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Ends everything that was made through it, the newest first, waits for it, and lets go of the namespace. Safe to
   * call twice.
   *
   * @throws ScopeError with every failure
   */
  [Symbol.asyncDispose](): Promise<void> {
    // Failures are told once.
    this.#ending ??= this.#end().finally(() => {
      this.#ending = Promise.resolve();
    });
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    this.#http?.close();
    try {
      await this.#belongings.close();
    } finally {
      this.#socket?.close();
      this.#fd.close();
    }
  }

  #openNetlink(): NetlinkConversation {
    this.#socket = this.run(() => new NetlinkSocket());
    return new NetlinkConversation(this.#socket);
  }

  /** In a namespace that was not made here are others too, who are not to be killed with this process. */
  #startGuard(isOwn: boolean): void {
    if (!isOwn || this.#guard !== undefined) return;
    const guard = new Guard(this.#inside);
    this.#guard = guard;
    this.#belongings.add({ label: 'guard of its processes', stop: () => guard.stop(), ended: guard.ended });
  }

  #use(action: string): Inside {
    this.#assertOpen(action);
    return this.#inside;
  }

  #assertOpen(action: string): void {
    if (this.#isEnding || this.#fd.closed) throw new DisposedError('Netns', action);
  }
}

function checkNetnsOptions(subject: string, options: NetnsOptions): void {
  checkOptions(subject, options);
  const { hosts } = options;
  const isTable = hosts === undefined || typeof hosts === 'function' || (typeof hosts === 'object' && hosts !== null);
  const mistakes = [
    ...findUnknownOptions(options, ['hosts']),
    ...(isTable ? [] : [`hosts must be an object of names and addresses, or a function, not ${quote(hosts)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
