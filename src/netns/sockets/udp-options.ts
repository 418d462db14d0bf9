import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { findFlagMistakes, findNumberMistakes, MAX_PORT } from './checks.js';
import type { HostTable } from './host-table.js';
import { findMulticastMistakes, type MulticastSendOptions } from './multicast.js';

/** How a UDP socket is opened. */
export interface UdpOptions {
  /** An IP address of the namespace, a group to receive from alone, or a name. @defaultValue `0.0.0.0`: all of them, of IPv4 */
  readonly host?: string;
  /** @defaultValue 0: one that is free, see {@link UdpSocket.port} */
  readonly port?: number;
  /** Whether several sockets may be bound to the port, as receivers of one group are. @defaultValue false */
  readonly reuseAddress?: boolean;
  /** Whether `::` takes packets of IPv6 alone. @defaultValue false */
  readonly ipv6Only?: boolean;
  /** Whether it may send to broadcast addresses. @defaultValue false */
  readonly broadcast?: boolean;
  /** How much may wait to be read, in the kernel's count, over its limit where rights allow. @defaultValue the kernel's */
  readonly receiveBufferBytes?: number;
  /** How much may wait to be sent. @defaultValue the kernel's */
  readonly sendBufferBytes?: number;
  /** How packets to groups are sent. */
  readonly multicast?: MulticastSendOptions;
  /** How many datagrams are kept for `receive`; later ones are counted as `dropped`. @defaultValue 10000 */
  readonly maxQueued?: number;
  /** Names, looked at before those of the namespace. */
  readonly hosts?: HostTable;
}

const KNOWN = [
  'host',
  'port',
  'reuseAddress',
  'ipv6Only',
  'broadcast',
  'receiveBufferBytes',
  'sendBufferBytes',
  'multicast',
  'maxQueued',
  'hosts',
] as const satisfies readonly (keyof UdpOptions)[];

/** @throws UsageError with every mistake */
export function checkUdpOptions(subject: string, options: UdpOptions): void {
  checkOptions(subject, options);
  const { multicast } = options;
  const isObject = typeof multicast === 'object' && multicast !== null;
  const mistakes = [
    ...findUnknownOptions(options, KNOWN),
    ...findNumberMistakes('port', options.port, 0, MAX_PORT),
    ...findFlagMistakes('reuseAddress', options.reuseAddress),
    ...findFlagMistakes('ipv6Only', options.ipv6Only),
    ...findFlagMistakes('broadcast', options.broadcast),
    ...findNumberMistakes('receiveBufferBytes', options.receiveBufferBytes, 1, 0x3fffffff),
    ...findNumberMistakes('sendBufferBytes', options.sendBufferBytes, 1, 0x3fffffff),
    ...findNumberMistakes('maxQueued', options.maxQueued, 1, Number.MAX_SAFE_INTEGER),
    ...(isObject ? findMulticastMistakes(multicast) : []),
    ...(multicast === undefined || isObject ? [] : [`multicast must be an object, not ${quote(multicast)}`]),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}
