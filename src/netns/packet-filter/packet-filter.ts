import { findUnknownOptions } from '../../core/check-options.js';
import { quote } from '../../core/errors.js';
import { familyOf, type IpFamily } from '../netlink/ip-address.js';
import { findPrefixProblems } from '../netlink/ip-prefix.js';

const PROTOCOLS = ['udp', 'tcp', 'icmp', 'icmpv6', 'igmp', 'arp'] as const;
const ADDRESSES = ['source', 'destination', 'host'] as const;
const PORTS = ['sourcePort', 'destinationPort', 'port'] as const;
const FAMILY_OF_PROTOCOL: Readonly<Record<string, IpFamily>> = {
  icmp: 'ipv4',
  igmp: 'ipv4',
  arp: 'ipv4',
  icmpv6: 'ipv6',
};

/**
 * Which packets are meant: all that is given must hold; an empty filter means every frame.
 *
 * Up to two VLAN tags, options of IPv4 and up to six extension headers of IPv6 are looked past. Of a packet in fragments,
 * only the first has ports; the others match a protocol and addresses, and never a port. In ARP, `source` is the address
 * of the sender and `destination` the one that is asked for. A frame that is too short to tell does not match.
 *
 * @example
 * ```ts
 * const dns: PacketFilter = { protocol: 'udp', port: 53, host: '10.0.0.0/24' };
 * ```
 */
export interface PacketFilter {
  readonly protocol?: (typeof PROTOCOLS)[number];
  /** Address or prefix: `10.0.0.1`, `10.0.0.0/24`, `fd00::/64`. */
  readonly source?: string;
  /** As `source`. */
  readonly destination?: string;
  /** Address or prefix of either of both. */
  readonly host?: string;
  /** Of UDP or TCP, as all ports. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Of either of both. */
  readonly port?: number;
}

/** What is wrong with a filter that was given as `name`; what nothing could ever match is wrong too. */
export function findPacketFilterMistakes(name: string, filter: unknown): readonly string[] {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter))
    return [`${name} must be an object such as { protocol: 'udp', port: 53 }; received ${quote(filter)}`];
  const unknown = findUnknownOptions(filter, ['protocol', ...ADDRESSES, ...PORTS]).map(
    (problem) => `${name}: ${problem}`,
  );
  const fields = filter as Readonly<Record<string, unknown>>;
  const own = [
    ...findProtocolMistakes(`${name}.protocol`, fields['protocol']),
    ...ADDRESSES.flatMap((field) => findPrefixProblems(`${name}.${field}`, fields[field])),
    ...PORTS.flatMap((field) => findPortMistakes(`${name}.${field}`, fields[field])),
  ];
  // What does not say what it means cannot contradict anything.
  const contradictions = own.length === 0 ? findContradictions(name, filter) : [];
  return [...unknown, ...own, ...contradictions];
}

function findProtocolMistakes(name: string, value: unknown): readonly string[] {
  if (value === undefined || PROTOCOLS.some((each) => each === value)) return [];
  return [`${name} must be one of ${PROTOCOLS.map((each) => `"${each}"`).join(', ')}; received ${quote(value)}`];
}

function findPortMistakes(name: string, value: unknown): readonly string[] {
  const isPort = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff;
  return value === undefined || isPort
    ? []
    : [`${name} must be a whole number from 0 to 65535; received ${quote(value)}`];
}

function findContradictions(name: string, filter: PacketFilter): readonly string[] {
  const { protocol } = filter;
  const addresses = ADDRESSES.flatMap((field) => {
    const text = filter[field];
    return text === undefined ? [] : [{ field, text, family: familyOf(text) }];
  });
  const mistakes: string[] = [];
  const port = PORTS.find((field) => filter[field] !== undefined);
  if (port !== undefined && protocol !== undefined && protocol !== 'udp' && protocol !== 'tcp')
    mistakes.push(`${name}.${port} is of UDP or TCP; ${quote(protocol)} has no ports`);
  const wanted = protocol === undefined ? undefined : FAMILY_OF_PROTOCOL[protocol];
  for (const { field, text, family } of addresses) {
    if (wanted !== undefined && family !== wanted)
      mistakes.push(`${name}.${field} ${quote(text)} is of the other kind of IP than ${quote(protocol)}`);
  }
  const [first, ...others] = addresses;
  for (const { field, text, family } of others) {
    if (first !== undefined && family !== first.family)
      mistakes.push(
        `${name}.${field} ${quote(text)} is of the other kind of IP than ${name}.${first.field} ${quote(first.text)}`,
      );
  }
  return mistakes;
}
