import type { IpPrefix } from '../netlink/ip-prefix.js';
import { ETHER_TYPE, type FilterTerms, readFilterTerms } from '../packet-filter/filter-terms.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import { compare, type Expression, loadMeta, loadPayload, maskWith } from './expressions.js';

type Kind = 'ipv4' | 'ipv6' | 'arp';

/** NFPROTO_IPV4, NFPROTO_IPV6 */
const NFPROTO = { ipv4: 2, ipv6: 10 } as const;
/** Where addresses are, from the start of the network header. */
const ADDRESSES: Readonly<Record<Kind, { readonly source: number; readonly destination: number }>> = {
  ipv4: { source: 12, destination: 16 },
  ipv6: { source: 8, destination: 24 },
  arp: { source: 14, destination: 24 },
};
/** ARP over Ethernet, for IPv4: the only one whose addresses are where they are looked for. */
const ARP_FOR_IPV4 = Uint8Array.of(0, 1, 8, 0);

/** Flags and offset of a fragment are in two bytes of IPv4. */
const IS_FIRST_FRAGMENT = [
  loadPayload('network', 6, 2),
  maskWith(Uint8Array.of(0x1f, 0xff)),
  compare('equal', Uint8Array.of(0, 0)),
];

/**
 * The ways in which a packet can be meant by a filter, as steps of rules: no packet is meant in two ways, so that each is
 * counted, and tried for by chance, once. At a device nf_tables looks past one VLAN tag, and in the later fragments of a
 * packet of IPv6 it finds ports where there are none: 24576 as their source, 0 as their destination.
 *
 * @param sees - `frames`: at a device, before anything else; `packets`: of IP alone, in a host
 */
export function matchFilter(filter: PacketFilter, sees: 'frames' | 'packets'): readonly (readonly Expression[])[] {
  const terms = readFilterTerms(filter);
  if (terms.isEmpty) return [[]];
  return kindsOf(terms, sees).flatMap((kind) =>
    (kind === 'arp' ? [undefined] : (terms.protocols ?? [undefined])).flatMap((protocol) =>
      matchAddresses(terms, kind).flatMap((addresses) =>
        matchPorts(terms, kind === 'ipv4').map((ports) => [
          ...(kind === undefined ? [] : matchKind(kind, sees)),
          ...(protocol === undefined ? [] : [loadMeta('l4proto'), compare('equal', Uint8Array.of(protocol))]),
          ...addresses,
          ...ports,
        ]),
      ),
    ),
  );
}

/** Which kinds it takes; `undefined` for both of IP, where nothing else tells them apart. */
function kindsOf(
  { kinds, source, destination, host, hasPorts }: FilterTerms,
  sees: string,
): readonly (Kind | undefined)[] {
  const isTold = (source ?? destination ?? host) !== undefined || (hasPorts && sees === 'frames');
  const isAnyIp = kinds.ipv4 && kinds.ipv6 && !isTold;
  return [
    ...(isAnyIp ? [undefined] : (['ipv4', 'ipv6'] as const).filter((kind) => kinds[kind])),
    ...(kinds.arp && sees === 'frames' ? (['arp'] as const) : []),
  ];
}

function matchKind(kind: Kind, sees: 'frames' | 'packets'): readonly Expression[] {
  if (sees === 'frames') return [loadMeta('protocol'), compare('equal', toBytes(ETHER_TYPE[kind], 2))];
  return kind === 'arp' ? [] : [loadMeta('nfproto'), compare('equal', Uint8Array.of(NFPROTO[kind]))];
}

function matchAddresses(terms: FilterTerms, kind: Kind | undefined): readonly (readonly Expression[])[] {
  const { source, destination, host } = terms;
  if (kind === undefined || (source ?? destination ?? host) === undefined) return [[]];
  const at = ADDRESSES[kind];
  const always = [
    ...(kind === 'arp' ? [loadPayload('network', 0, 4), compare('equal', ARP_FOR_IPV4)] : []),
    ...(source === undefined ? [] : matchPrefix(at.source, source, 'equal')),
    ...(destination === undefined ? [] : matchPrefix(at.destination, destination, 'equal')),
  ];
  if (host === undefined) return [always];
  const isSource = matchPrefix(at.source, host, 'equal');
  // Every address is in a prefix of no bits, and none is not.
  if (isSource.length === 0) return [always];
  return [
    [...always, ...isSource],
    [...always, ...matchPrefix(at.source, host, 'notEqual'), ...matchPrefix(at.destination, host, 'equal')],
  ];
}

function matchPrefix(
  offsetBytes: number,
  { bytes, prefixLength }: IpPrefix,
  operator: 'equal' | 'notEqual',
): readonly Expression[] {
  if (prefixLength === 0) return [];
  const load = loadPayload('network', offsetBytes, bytes.length);
  if (prefixLength === 8 * bytes.length) return [load, compare(operator, bytes)];
  const mask = bytes.map((_byte, index) => 0xff00 >> Math.min(8, Math.max(0, prefixLength - 8 * index)));
  return [load, maskWith(mask), compare(operator, bytes)];
}

function matchPorts(
  { sourcePort, destinationPort, port, hasPorts }: FilterTerms,
  isIpv4: boolean,
): readonly (readonly Expression[])[] {
  const always = [
    // At a device nf_tables takes the middle of a fragmented packet for its beginning, if it is of IPv4 (nft_payload.c).
    ...(hasPorts && isIpv4 ? IS_FIRST_FRAGMENT : []),
    ...(sourcePort === undefined ? [] : matchPort(0, sourcePort, 'equal')),
    ...(destinationPort === undefined ? [] : matchPort(2, destinationPort, 'equal')),
  ];
  if (port === undefined) return [always];
  return [
    [...always, ...matchPort(0, port, 'equal')],
    [...always, ...matchPort(0, port, 'notEqual'), ...matchPort(2, port, 'equal')],
  ];
}

function matchPort(offsetBytes: number, port: number, operator: 'equal' | 'notEqual'): readonly Expression[] {
  return [loadPayload('transport', offsetBytes, 2), compare(operator, toBytes(port, 2))];
}

/** In network order. */
function toBytes(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_none, index) => (value >>> (8 * (length - 1 - index))) & 0xff);
}
