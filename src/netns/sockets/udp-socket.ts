import { createSocket, type Socket } from 'node:dgram';
import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AbortedError, DisposedError, GloveboxError, quote, TimeoutError, UsageError } from '../../core/errors.js';
import { type AddressFamily, familyOf } from '../../native/socket-address.js';
import type { Inside } from '../inside.js';
import { findNumberMistakes, findSignalMistakes, findTimeoutMistakes, MAX_PORT } from './checks.js';
import { type Datagram, DatagramQueue } from './datagram-queue.js';
import { resolveHost } from './host-table.js';
import {
  changeMembership,
  configureMulticast,
  findMulticastMistakes,
  isGroupAddress,
  type MembershipOptions,
  type MulticastSendOptions,
  NO_ROUTE_TO_GROUP,
} from './multicast.js';
import { openUdp } from './open-udp.js';
import { checkUdpOptions, type UdpOptions } from './udp-options.js';

/** How long {@link UdpSocket.receive} waits. */
export interface ReceiveOptions {
  /** @defaultValue 5000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A UDP socket in a namespace. It is bound from the beginning, so nothing that is sent to it afterwards is missed.
 *
 * @example
 * ```ts
 * const receiver = netns.udp({ port: 5000 });
 * receiver.join('239.1.1.1', { interface: 'eth0' });
 * const { data, address } = await receiver.receive({ timeoutMs: 1000 });
 * ```
 */
export class UdpSocket implements AsyncDisposable {
  /** Node's own socket, for what this class has not; its `message` event comes beside the queue of `receive`. */
  readonly socket: Socket;
  readonly family: AddressFamily;
  readonly #fd: number;
  readonly #inside: Inside;
  readonly #options: UdpOptions;
  readonly #ended: Promise<void>;
  readonly #queue: DatagramQueue;
  #closed = false;

  /** @throws UsageError @throws KernelError EADDRINUSE, EADDRNOTAVAIL, ENODEV */
  constructor(inside: Inside, options: UdpOptions) {
    checkUdpOptions('Netns.udp', options);
    const host = resolveHost('Netns.udp', options.host ?? '0.0.0.0', options.hosts, inside.hosts);
    this.#inside = inside;
    this.#options = options;
    this.#queue = new DatagramQueue(options.maxQueued ?? 10_000);
    this.family = familyOf(host) ?? 'IPv4';
    const fd = openUdp(inside, host, this.family, options);
    this.#fd = fd.number;
    this.socket = createSocket({ type: this.family === 'IPv4' ? 'udp4' : 'udp6', lookup: passLiteral });
    this.#ended = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('message', (data, { address, port }) => this.#queue.push({ data, address, port }));
    this.socket.on('error', (error) => this.#queue.fail(explainLoss(error)));
    this.socket.bind({ fd: fd.number, exclusive: true });
    inside.belongings.add({
      label: `UDP socket at ${this.address} port ${this.port}`,
      stop: () => this.#stop(),
      ended: this.#ended,
    });
  }

  /** The address that it is bound to. */
  get address(): string {
    this.#assertOpen('address');
    return this.socket.address().address;
  }

  /** The port that it is bound to. */
  get port(): number {
    this.#assertOpen('port');
    return this.socket.address().port;
  }

  /** Whether it has been closed, by the test or with its host. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many datagrams came out of the kernel. */
  get received(): number {
    return this.#queue.received;
  }

  /** How many wait for `receive`. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many came when `maxQueued` waited, and were thrown away. The kernel's own drops are in `netns.proc.sockets()`. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /**
   * Sends a datagram; resolves when the kernel has taken it. Without an address after `socket.connect(…)`.
   *
   * @throws UsageError @throws an error of Node's: ENETUNREACH, EMSGSIZE, EPERM when a firewall refuses
   */
  async send(data: string | Uint8Array, port?: number, address?: string): Promise<void> {
    this.#assertOpen('send()');
    const message = typeof data === 'string' ? Buffer.from(data) : data;
    const mistakes = [
      ...(message instanceof Uint8Array ? [] : [`data must be a string or bytes, not ${quote(data)}`]),
      ...findNumberMistakes('port', address === undefined ? port : (port ?? null), 1, MAX_PORT),
    ];
    if (mistakes.length > 0) throw new UsageError('UdpSocket.send', mistakes);
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      if (address === undefined && port === undefined) {
        this.socket.send(message, done);
        return;
      }
      const host = resolveHost('UdpSocket.send', address, this.#options.hosts, this.#inside.hosts);
      // The name of a zone means a device of the namespace in which the thread is.
      if (host.includes('%')) this.#inside.run(() => void this.socket.send(message, port, host, done));
      else this.socket.send(message, port, host, done);
    }).catch((error: NodeJS.ErrnoException) => {
      const isLost = error.code === 'ENETUNREACH' && address !== undefined && isGroupAddress(address);
      if (isLost) error.message += `. ${NO_ROUTE_TO_GROUP}: name it, as in udp({ multicast: { interface: "eth0" } })`;
      throw error;
    });
  }

  /**
   * The next datagram, in the order of their arrival.
   *
   * @throws TimeoutError when none came @throws AbortedError @throws DisposedError when the socket is closed meanwhile
   * @throws an error of Node's that the socket got, such as ECONNREFUSED
   */
  async receive(options: ReceiveOptions = {}): Promise<Datagram> {
    checkReceiveOptions(options);
    this.#assertOpen('receive()');
    const { signal, timeoutMs = 5000 } = options;
    return this.#queue.next({
      timeoutMs,
      signal,
      describeSilence: () => this.#describeSilence(timeoutMs),
      describeAbort: () => new AbortedError(`Aborted while receiving at ${this.#place}`, { cause: signal?.reason }),
    });
  }

  /** Joins a group, until it is left or the socket closed. @throws UsageError @throws KernelError ENODEV, EADDRINUSE when it was joined before */
  join(group: string, options: MembershipOptions = {}): void {
    this.#change('join', group, options);
  }

  /** @throws UsageError @throws KernelError EADDRNOTAVAIL when it was not joined */
  leave(group: string, options: MembershipOptions = {}): void {
    this.#change('leave', group, options);
  }

  /** Changes how packets to groups are sent; what is not named stays as it is. @throws KernelError ENODEV */
  configureMulticast(options: MulticastSendOptions): void {
    this.#assertOpen('configureMulticast()');
    const subject = 'UdpSocket.configureMulticast';
    checkOptions(subject, options);
    const mistakes = [...findUnknownOptions(options, ['interface', 'ttl', 'loop']), ...findMulticastMistakes(options)];
    if (mistakes.length > 0) throw new UsageError(subject, mistakes);
    configureMulticast(this.#fd, this.family, options);
  }

  /** Closes it; what waits in `receive` fails. Safe to call twice. */
  async close(): Promise<void> {
    this.#stop();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #stop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.end(new DisposedError('UdpSocket', 'receive()'));
    this.socket.close();
  }

  #change(change: 'join' | 'leave', group: string, options: MembershipOptions): void {
    this.#assertOpen(`${change}()`);
    checkOptions(`UdpSocket.${change}`, options);
    const mistakes = findUnknownOptions(options, ['interface', 'source']);
    if (mistakes.length > 0) throw new UsageError(`UdpSocket.${change}`, mistakes);
    changeMembership(this.#fd, this.family, change, group, options);
  }

  #describeSilence(timeoutMs: number): TimeoutError {
    const { received } = this.#queue;
    const before = received === 0 ? 'nor before' : `${received} had come before`;
    return new TimeoutError(`No datagram came to ${this.#place} within ${timeoutMs} ms, ${before}`, timeoutMs);
  }

  get #place(): string {
    return this.#closed ? 'a closed socket' : `${this.address} port ${this.port}`;
  }

  #assertOpen(action: string): void {
    if (this.#closed) throw new DisposedError('UdpSocket', action);
  }
}

/** Node.js gives the interface of a link-local address its name, while this thread is in the namespace of the process. */
function explainLoss(error: NodeJS.ErrnoException): Error {
  if (error.syscall !== 'uv_if_indextoiid') return error;
  const message =
    'Node.js cannot tell of a datagram from a link-local address, and threw it away: it looks for the name of the ' +
    `interface in the namespace of the process (${error.message}). Send from another address, such as one of fd00::/8`;
  return new GloveboxError('ERR_GLOVEBOX_DATAGRAM_LOST', message, { cause: error });
}

/** In place of DNS. Only addresses get here. */
function passLiteral(
  address: string,
  _options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, address, familyOf(address) === 'IPv6' ? 6 : 4);
}

function checkReceiveOptions(options: ReceiveOptions): void {
  checkOptions('UdpSocket.receive', options);
  const mistakes = [
    ...findUnknownOptions(options, ['timeoutMs', 'signal']),
    ...findTimeoutMistakes(options.timeoutMs),
    ...findSignalMistakes(options.signal),
  ];
  if (mistakes.length > 0) throw new UsageError('UdpSocket.receive', mistakes);
}
