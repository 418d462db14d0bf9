import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, UsageError } from '../../core/errors.js';
import { familyOf } from '../../native/socket-address.js';
import type { Netns } from '../netns.js';
import { findNumberMistakes, findSignalMistakes, MAX_PORT } from '../sockets/checks.js';
import { findGroupMistakes } from '../sockets/multicast.js';

/** Where traffic is made or taken: a namespace, or what is one, such as a host of a lab. */
export type TrafficPlace = Netns | { readonly netns: Netns };

/** What traffic is made. */
export interface GenerateTrafficOptions {
  /** Where it goes: a host, a group or a broadcast address, by address or by a name of the namespace's. */
  readonly to: { readonly address: string; readonly port: number };
  /** How many datagrams. */
  readonly count: number;
  /** The size of what a datagram carries, the generator's own 24 bytes among it. @defaultValue 64 */
  readonly sizeBytes?: number;
  /** @defaultValue as many as there can be */
  readonly rateFramesPerSecond?: number;
  /** @defaultValue one that is free */
  readonly sourcePort?: number;
  /** How many routers a datagram may pass, and one. @defaultValue 1 to a group, else what the namespace says (64) */
  readonly ttl?: number;
  /** The interface that it leaves by. @defaultValue the one that the route says */
  readonly interface?: string;
  /** Calls it off. */
  readonly signal?: AbortSignal;
}

/** What traffic is taken. */
export interface CollectTrafficOptions {
  /** @defaultValue 0: one that is free, see {@link TrafficSink.port} */
  readonly port?: number;
  /** A group to join. @defaultValue none */
  readonly group?: string;
  /** The interface that the group is joined on; without a group, the only one that is listened at. @defaultValue any */
  readonly interface?: string;
  /** The address to listen at. @defaultValue `0.0.0.0`, or `::` for a group of IPv6 */
  readonly address?: string;
  /** How many datagrams are waited for. @defaultValue all that their generators say they are to send */
  readonly expected?: number;
  /** How long {@link TrafficSink.report} waits for what is missing. @defaultValue 1000 */
  readonly timeoutMs?: number;
  /**
   * The size of the socket's buffer, past the limit of the machine. A datagram of 64 bytes takes 768 of it.
   *
   * @defaultValue 64 MiB
   */
  readonly receiveBufferBytes?: number;
}

/** What a generator puts before each datagram. */
const HEADER_BYTES = 24;
/** What UDP over IPv4 can carry. */
const MAX_DATAGRAM_BYTES = 65_507;
const MAX_COUNT = 0xffff_ffff;

/** @throws UsageError with every mistake */
export function checkGenerateOptions(subject: string, options: GenerateTrafficOptions): void {
  checkOptions(subject, options);
  const { to } = options;
  const known = ['to', 'count', 'sizeBytes', 'rateFramesPerSecond', 'sourcePort', 'ttl', 'interface', 'signal'];
  const isPlace = typeof to === 'object' && to !== null && typeof to.address === 'string';
  const rate: unknown = options.rateFramesPerSecond;
  const isRate = rate === undefined || (typeof rate === 'number' && Number.isFinite(rate) && rate > 0);
  const mistakes = [
    ...findUnknownOptions(options, known),
    ...(isPlace ? findRequired('to.port', to.port, 1, MAX_PORT) : [`to must be { address, port }, not ${quote(to)}`]),
    ...findRequired('count', options.count, 1, MAX_COUNT),
    ...findNumberMistakes('sizeBytes', options.sizeBytes, HEADER_BYTES, MAX_DATAGRAM_BYTES),
    ...(isRate ? [] : [`rateFramesPerSecond must be a finite number above 0, not ${quote(rate)}`]),
    ...findNumberMistakes('sourcePort', options.sourcePort, 0, MAX_PORT),
    ...findNumberMistakes('ttl', options.ttl, 1, 255),
    ...findNameMistakes(options.interface),
    ...findSignalMistakes(options.signal),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

/** @throws UsageError with every mistake */
export function checkCollectOptions(subject: string, options: CollectTrafficOptions): void {
  checkOptions(subject, options);
  const { address, group, timeoutMs } = options;
  const known = ['port', 'group', 'interface', 'address', 'expected', 'timeoutMs', 'receiveBufferBytes'];
  const isAddress = typeof address === 'string' && familyOf(address) !== undefined;
  const family = familyOf(String(group)) ?? 'IPv4';
  const isOfFamily = !isAddress || group === undefined || familyOf(address) === family;
  const mistakes = [
    ...findUnknownOptions(options, known),
    ...findNumberMistakes('port', options.port, 0, MAX_PORT),
    ...(group === undefined ? [] : findGroupMistakes(group, family)),
    ...findNameMistakes(options.interface),
    ...(address === undefined || isAddress ? [] : [`address must be an IP address, not ${quote(address)}`]),
    ...(isOfFamily ? [] : [`address must be of ${family}, as the group is, not ${quote(address)}`]),
    ...findNumberMistakes('expected', options.expected, 1, Number.MAX_SAFE_INTEGER),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
    ...findNumberMistakes('receiveBufferBytes', options.receiveBufferBytes, 1, 0x3fffffff),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function findRequired(name: string, value: unknown, lowest: number, highest: number): readonly string[] {
  // What is missing is no number either; null is told as it is.
  return findNumberMistakes(name, value ?? null, lowest, highest);
}

function findNameMistakes(value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'string' && value !== '')) return [];
  return [`interface must be the name of an interface, not ${quote(value)}`];
}

/** The namespace that a place is. @throws UsageError for what is none */
export function toNetns(subject: string, place: TrafficPlace): Netns {
  const netns: unknown = typeof place === 'object' && place !== null && 'netns' in place ? place.netns : place;
  const isNetns = typeof netns === 'object' && netns !== null && 'lend' in netns;
  if (!isNetns) throw new UsageError(subject, `the place must be a host of a lab or a Netns, not ${quote(place)}`);
  return netns as Netns;
}
