import { RealClock } from '../../core/real-clock.js';
import type { ReceiveOutcome } from '../../native/datagram-thread.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { readSocketPort } from '../../native/socket.js';
import { familyOf } from '../../native/socket-address.js';
import { type DatagramThread, startReceiving } from '../../native/start-datagram-thread.js';
import type { Inside } from '../inside.js';
import { changeMembership } from '../sockets/multicast.js';
import { openUdp } from '../sockets/open-udp.js';
import { bindToDevice } from './generate-traffic.js';
import { type CollectTrafficOptions, checkCollectOptions, type TrafficPlace, toNetns } from './traffic-options.js';
import { summarizeTraffic, type TrafficReport } from './traffic-report.js';

const DEFAULT_BUFFER_BYTES = 64 * 1024 * 1024;

/** Takes in, in a thread of its own, what generators send. It listens from the beginning. */
export class TrafficSink implements AsyncDisposable {
  /** The port that it listens at. */
  readonly port: number;
  readonly #thread: DatagramThread<ReceiveOutcome>;
  readonly #options: CollectTrafficOptions;
  readonly #ended: Promise<void>;
  #report: Promise<TrafficReport> | undefined;

  /** @internal Use `collectTraffic`. */
  constructor(inside: Inside, options: CollectTrafficOptions) {
    const socket = openSink(inside, options);
    this.port = readSocketPort(socket.number);
    this.#options = options;
    this.#thread = startReceiving({ fd: socket.number, expected: options.expected ?? 0 });
    this.#ended = this.#thread.outcome.then(
      () => socket.close(),
      () => socket.close(),
    );
    inside.belongings.add({
      label: `traffic sink at port ${this.port}`,
      stop: () => this.#thread.order('stop'),
      ended: this.#ended,
    });
  }

  /**
   * Waits until all is there, at most as long as was asked for, ends the collection, and says what came. That something
   * is missing is no error. Later calls give the same report.
   *
   * Without `expected`, all is there when every stream of which something came is complete.
   */
  report(): Promise<TrafficReport> {
    this.#report ??= this.#finish();
    return this.#report;
  }

  /** Ends the collection. Safe to call twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#thread.order('stop');
    await this.#ended;
  }

  async #finish(): Promise<TrafficReport> {
    this.#thread.order('finish');
    const timer = new RealClock().setTimer(() => this.#thread.order('stop'), this.#options.timeoutMs ?? 1000);
    try {
      const outcome = await this.#thread.outcome;
      await this.#ended;
      return summarizeTraffic(outcome, this.#options.expected);
    } finally {
      timer.cancel();
    }
  }
}

/**
 * Begins to take in what generators send to a port, and to a group if one is named; it listens when this returns.
 *
 * @throws UsageError @throws KernelError EADDRINUSE, ENODEV for a group without a route or an interface
 *
 * @example
 * ```ts
 * const sink = collectTraffic(lab.hosts.receiver, { port: 5000 });
 * await generateTraffic(lab.hosts.sender, { to: { address: 'receiver', port: 5000 }, count: 1000 });
 * expect(await sink.report()).toMatchObject({ received: 1000, lost: 0, duplicates: 0 });
 * ```
 */
export function collectTraffic(place: TrafficPlace, options: CollectTrafficOptions = {}): TrafficSink {
  checkCollectOptions('collectTraffic', options);
  return new TrafficSink(toNetns('collectTraffic', place).lend('collectTraffic()'), options);
}

function openSink(inside: Inside, options: CollectTrafficOptions): FileDescriptor {
  const { port = 0, group, interface: device, receiveBufferBytes = DEFAULT_BUFFER_BYTES } = options;
  const family = familyOf(options.address ?? group ?? '0.0.0.0') ?? 'IPv4';
  const any = family === 'IPv4' ? '0.0.0.0' : '::';
  const socket = openUdp(inside, options.address ?? any, family, {
    port,
    receiveBufferBytes,
    ipv6Only: family === 'IPv6',
    // Several of a host may listen to the same group.
    reuseAddress: group !== undefined,
  });
  try {
    if (group !== undefined) {
      changeMembership(socket.number, family, 'join', group, device === undefined ? {} : { interface: device });
    } else if (device !== undefined) bindToDevice(socket.number, device);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
