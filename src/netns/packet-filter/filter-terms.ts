import { UsageError } from '../../core/errors.js';
import { type IpPrefix, parseIpPrefix } from '../netlink/ip-prefix.js';
import { findPacketFilterMistakes, type PacketFilter } from './packet-filter.js';

/** EtherTypes (include/uapi/linux/if_ether.h) and numbers of protocols (include/uapi/linux/in.h). */
export const ETHER_TYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
const PROTOCOL = { icmp: 1, igmp: 2, tcp: 6, udp: 17, icmpv6: 58 } as const;
/** Only these two have ports. */
export const WITH_PORTS: readonly number[] = [PROTOCOL.tcp, PROTOCOL.udp];

/** Hop-by-hop, routing and destination options of IPv6 (RFC 8200), which other headers follow; and the fragment. */
export const EXTENSIONS: readonly number[] = [0, 43, 60];
export const FRAGMENT = 44;
/** How many a filter looks past: a classic program has no loops. */
export const MOST_EXTENSIONS = 6;
export const MOST_VLAN_TAGS = 2;

/** A filter in numbers. */
export interface FilterTerms {
  /** What a frame may be. */
  readonly kinds: { readonly ipv4: boolean; readonly ipv6: boolean; readonly arp: boolean };
  /** Which protocols of IP it may have; `undefined` is any. */
  readonly protocols: readonly number[] | undefined;
  readonly source: IpPrefix | undefined;
  readonly destination: IpPrefix | undefined;
  readonly host: IpPrefix | undefined;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly port: number | undefined;
  readonly hasPorts: boolean;
  /** Whether every frame matches. */
  readonly isEmpty: boolean;
}

/** @throws UsageError with every mistake */
export function readFilterTerms(filter: PacketFilter): FilterTerms {
  const mistakes = findPacketFilterMistakes('filter', filter);
  if (mistakes.length > 0) throw new UsageError('packet filter', mistakes);
  const { protocol, sourcePort, destinationPort, port } = filter;
  const [source, destination, host] = [filter.source, filter.destination, filter.host].map((text) =>
    text === undefined ? undefined : parseIpPrefix(text),
  );
  const hasPorts = [sourcePort, destinationPort, port].some((each) => each !== undefined);
  const family = (source ?? destination ?? host)?.family;
  const isIp = protocol !== 'arp';
  return {
    kinds: {
      ipv4: isIp && family !== 'ipv6' && protocol !== 'icmpv6',
      ipv6: isIp && family !== 'ipv4' && protocol !== 'icmp' && protocol !== 'igmp',
      arp: (protocol === undefined || protocol === 'arp') && family !== 'ipv6' && !hasPorts,
    },
    protocols:
      protocol === undefined || protocol === 'arp' ? (hasPorts ? WITH_PORTS : undefined) : [PROTOCOL[protocol]],
    source,
    destination,
    host,
    sourcePort,
    destinationPort,
    port,
    hasPorts,
    isEmpty: protocol === undefined && family === undefined && !hasPorts,
  };
}

/** A prefix as words of 32 bits, from the front; those of which no bit counts are left out. */
export function toMaskedWords({ bytes, prefixLength }: IpPrefix): readonly MaskedWord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.ceil(prefixLength / 32) }, (_none, index) => {
    const bits = Math.min(32, prefixLength - 32 * index);
    return { at: 4 * index, mask: (0xffff_ffff << (32 - bits)) >>> 0, value: view.getUint32(4 * index) };
  });
}

export interface MaskedWord {
  /** Bytes from the start of the address. */
  readonly at: number;
  readonly mask: number;
  readonly value: number;
}
