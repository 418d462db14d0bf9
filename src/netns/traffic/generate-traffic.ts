import { findErrnoName } from '../../core/errno.js';
import { AbortedError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';
import { CStruct } from '../../native/c-struct.js';
import type { SendOutcome } from '../../native/datagram-thread.js';
import { connectSocket, findInterfaceIndex, setSocketOption } from '../../native/socket.js';
import { encodeSocketAddress, familyOf, splitZone } from '../../native/socket-address.js';
import { startSending } from '../../native/start-datagram-thread.js';
import { resolveHost } from '../sockets/host-table.js';
import { hintAtInterface, isGroupAddress } from '../sockets/multicast.js';
import { openUdp } from '../sockets/open-udp.js';
import {
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_UNICAST_HOPS,
  SO_BINDTODEVICE,
  SOL_SOCKET,
} from '../sockets/socket-options.js';
import { checkGenerateOptions, type GenerateTrafficOptions, type TrafficPlace, toNetns } from './traffic-options.js';

/** What a generator sent. */
export interface GeneratedTraffic {
  /** Tells its datagrams from those of other generators. */
  readonly streamId: number;
  /** How many datagrams the kernel took. What became of them is for the collector to say. */
  readonly sent: number;
  /** What they carried, in bytes. */
  readonly sentBytes: number;
  /** How many the kernel did not take, by error: `{ ENETUNREACH: 3 }`. That a port is closed is no such error. */
  readonly refused: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly framesPerSecond: number;
}

/** Streams are numbered by the nanosecond in which they begin, which goes round in this many. */
const STREAM_IDS = 0x1_0000_0000;

/**
 * Sends UDP datagrams from a thread of its own, as many in a call as there are to send, and resolves when the kernel
 * took the last. Each carries its stream, its number, and when it was handed to the kernel.
 *
 * @throws UsageError @throws AbortedError, also when the namespace is closed meanwhile
 * @throws KernelError ENETUNREACH without a route, to a group too unless the interface is named, ENODEV, EADDRINUSE
 *
 * @example
 * ```ts
 * const sink = collectTraffic(lab.hosts.receiver, { port: 5000, group: '239.1.1.1', interface: 'eth0' });
 * const to = { address: '239.1.1.1', port: 5000 };
 * await generateTraffic(lab.hosts.sender, { to, count: 1_000_000, interface: 'eth0' });
 * const { received, lost } = await sink.report();
 * ```
 */
export async function generateTraffic(place: TrafficPlace, options: GenerateTrafficOptions): Promise<GeneratedTraffic> {
  const subject = 'generateTraffic';
  checkGenerateOptions(subject, options);
  const { count, sizeBytes = 64, rateFramesPerSecond = 0, signal } = options;
  if (signal?.aborted) throw new AbortedError('Traffic was called off before it began', { cause: signal.reason });
  const inside = toNetns(subject, place).lend('generateTraffic()');
  const target = resolveHost(subject, options.to.address, undefined, inside.hosts);
  const socket = openSender(inside, target, options);
  const streamId = Math.floor(new RealClock().now() * 1e6) % STREAM_IDS;
  const thread = startSending({ fd: socket.number, streamId, count, sizeBytes, rateFramesPerSecond });
  const ended = thread.outcome.then(
    () => socket.close(),
    () => socket.close(),
  );
  const stop = (): void => thread.order('stop');
  inside.belongings.add({ label: `traffic to ${target} port ${options.to.port}`, stop, ended });
  signal?.addEventListener('abort', stop, { once: true });
  let outcome: SendOutcome;
  try {
    outcome = await thread.outcome;
    await ended;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  const { sent, durationMs } = outcome;
  const refused = nameErrors(outcome.refused);
  const failed = Object.values(refused).reduce((sum, times) => sum + times, 0);
  if (sent + failed < count) {
    const why = signal?.aborted ? 'it was called off' : 'its namespace was closed';
    throw new AbortedError(`Traffic to ${target} ended after ${sent} of ${count} datagrams: ${why}`, {
      cause: signal?.reason,
    });
  }
  const framesPerSecond = durationMs === 0 ? 0 : (sent * 1000) / durationMs;
  return { streamId, sent, sentBytes: sent * sizeBytes, refused, durationMs, framesPerSecond };
}

function openSender(inside: Parameters<typeof openUdp>[0], target: string, options: GenerateTrafficOptions) {
  const { sourcePort, ttl, interface: device } = options;
  const family = familyOf(target) ?? 'IPv4';
  const isV4 = family === 'IPv4';
  const isGroup = isGroupAddress(target);
  const multicast = {
    ...(ttl === undefined ? {} : { ttl }),
    ...(device === undefined ? {} : { interface: device }),
  };
  const socket = openUdp(inside, isV4 ? '0.0.0.0' : '::', family, {
    broadcast: true,
    ...(sourcePort === undefined ? {} : { port: sourcePort }),
    ...(isGroup ? { multicast } : {}),
  });
  try {
    const { address, zone } = splitZone(target);
    if (!isGroup && ttl !== undefined) {
      const [level, option] = isV4 ? [IPPROTO_IP, IP_TTL] : [IPPROTO_IPV6, IPV6_UNICAST_HOPS];
      setSocketOption(socket.number, level, option, ttl, `set the TTL to ${ttl}`);
    }
    if (!isGroup && device !== undefined) bindToDevice(socket.number, device);
    const scope = zone ?? (isGroup ? device : undefined);
    const scopeId = scope === undefined ? 0 : findInterfaceIndex(socket.number, scope);
    const encoded = encodeSocketAddress(address, options.to.port, scopeId);
    connectSocket(socket.number, encoded, `send traffic to ${target} port ${options.to.port}`);
    return socket;
  } catch (error) {
    socket.close();
    if (!isGroup || device !== undefined) throw error;
    throw hintAtInterface(error, 'ENETUNREACH', 'name it, as in generateTraffic(host, { …, interface: "eth0" })');
  }
}

/** Of a socket that is bound to a device, only that device's packets are. @throws KernelError ENODEV */
export function bindToDevice(fd: number, device: string): void {
  const name = new CStruct(16).text(0, 15, device).bytes;
  // It is an error of its own, where a name that is too long is none.
  findInterfaceIndex(fd, device);
  setSocketOption(fd, SOL_SOCKET, SO_BINDTODEVICE, name, `bind a socket to interface "${device}"`);
}

function nameErrors(refused: ReadonlyMap<number, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...refused].map(([errno, times]) => [findErrnoName(errno) ?? `errno ${errno}`, times]));
}
