import type { IpPrefix } from '../netlink/ip-prefix.js';
import { ANCILLARY, OP, type Statement } from './classic-bpf.js';
import {
  ETHER_TYPE,
  EXTENSIONS,
  type FilterTerms,
  FRAGMENT,
  MOST_EXTENSIONS,
  MOST_VLAN_TAGS,
  toMaskedWords,
} from './filter-terms.js';

/** Where the program keeps a number: the protocol, and whether the packet goes on where another fragment ended. */
const MEMORY = { protocol: 0, laterFragment: 1 } as const;

/** Looks past VLAN tags, and comes to `type`. */
export function skipVlanTags(): readonly Statement[] {
  const tags = Array.from({ length: MOST_VLAN_TAGS }, (_none, index): readonly Statement[] => [
    { label: `tag ${index}` },
    { op: OP.loadHalfAtX, k: 12 },
    { op: OP.jumpEqual, k: ETHER_TYPE.vlan, yes: `skip ${index}` },
    { op: OP.jumpEqual, k: ETHER_TYPE.serviceVlan, no: 'type' },
    { label: `skip ${index}` },
    ...advance(4),
  ]);
  return [
    { op: OP.loadXImmediate, k: 0 },
    { op: OP.loadByte, k: ANCILLARY.vlanTagPresent },
    // One tag has been taken out already.
    { op: OP.jumpEqual, k: 0, no: 'tag 1' },
    ...tags.flat(),
    { label: 'type' },
  ];
}

/** What a frame of ARP must be; at the end it is taken. */
export function checkArp(terms: FilterTerms): readonly Statement[] {
  const isAboutIpv4: readonly Statement[] = [
    { op: OP.loadWordAtX, k: 14 },
    { op: OP.jumpEqual, k: 0x0001_0800, no: 'reject' },
  ];
  const addresses = checkAddresses(terms, 28, 38, 'arp');
  return [{ label: 'arp' }, ...(addresses.length > 0 ? [...isAboutIpv4, ...addresses] : []), accept];
}

/** What a frame of IPv4 must be; at the end it is taken. */
export function checkIpv4(terms: FilterTerms): readonly Statement[] {
  const ports: readonly Statement[] = [
    { op: OP.loadHalfAtX, k: 20 },
    { op: OP.jumpAnyBit, k: 0x1fff, yes: 'reject' },
    { op: OP.loadByteAtX, k: 14 },
    { op: OP.and, k: 0xf },
    { op: OP.shiftLeft, k: 2 },
    { op: OP.addX },
    { op: OP.moveToX },
    ...checkPorts(terms, 'ipv4'),
  ];
  return [
    { label: 'ipv4' },
    ...(terms.protocols === undefined
      ? []
      : [{ op: OP.loadByteAtX, k: 23 }, ...checkProtocol(terms.protocols, 'ipv4')]),
    ...checkAddresses(terms, 26, 30, 'ipv4'),
    ...(terms.hasPorts ? ports : []),
    accept,
  ];
}

/** What a frame of IPv6 must be; at the end it is taken. */
export function checkIpv6(terms: FilterTerms): readonly Statement[] {
  const ports: readonly Statement[] = [
    { op: OP.loadMemory, k: MEMORY.laterFragment },
    { op: OP.jumpEqual, k: 0, no: 'reject' },
    ...checkPorts(terms, 'ipv6'),
  ];
  return [
    { label: 'ipv6' },
    ...checkAddresses(terms, 22, 38, 'ipv6'),
    ...(terms.protocols === undefined
      ? []
      : [
          ...skipExtensions(),
          { op: OP.loadMemory, k: MEMORY.protocol },
          ...checkProtocol(terms.protocols, 'ipv6'),
          ...(terms.hasPorts ? ports : []),
        ]),
    accept,
  ];
}

function skipExtensions(): readonly Statement[] {
  const headers = Array.from({ length: MOST_EXTENSIONS }, (_none, index): readonly Statement[] => [
    { op: OP.loadMemory, k: MEMORY.protocol },
    ...EXTENSIONS.map((each): Statement => ({ op: OP.jumpEqual, k: each, yes: `options ${index}` })),
    { op: OP.jumpEqual, k: FRAGMENT, no: 'transport' },
    { op: OP.loadByteAtX, k: 14 },
    { op: OP.store, k: MEMORY.protocol },
    { op: OP.loadHalfAtX, k: 16 },
    { op: OP.and, k: 0xfff8 },
    { op: OP.store, k: MEMORY.laterFragment },
    { op: OP.jumpEqual, k: 0, no: 'transport' },
    { op: OP.loadImmediate, k: 8 },
    { op: OP.jump, to: `skip extension ${index}` },
    { label: `options ${index}` },
    { op: OP.loadByteAtX, k: 14 },
    { op: OP.store, k: MEMORY.protocol },
    { op: OP.loadByteAtX, k: 15 },
    { op: OP.add, k: 1 },
    { op: OP.shiftLeft, k: 3 },
    { label: `skip extension ${index}` },
    { op: OP.addX },
    { op: OP.moveToX },
  ]);
  return [
    { op: OP.loadImmediate, k: 0 },
    { op: OP.store, k: MEMORY.laterFragment },
    { op: OP.loadByteAtX, k: 20 },
    { op: OP.store, k: MEMORY.protocol },
    ...advance(40),
    ...headers.flat(),
    { label: 'transport' },
  ];
}

/** What was loaded must be one of the protocols. */
function checkProtocol(protocols: readonly number[], kind: string): readonly Statement[] {
  return [
    ...protocols.map((each): Statement => ({ op: OP.jumpEqual, k: each, yes: `protocol of ${kind}` })),
    { op: OP.jump, to: 'reject' },
    { label: `protocol of ${kind}` },
  ];
}

function checkAddresses(terms: FilterTerms, sourceAt: number, destinationAt: number, kind: string) {
  const { source, destination, host } = terms;
  const either: readonly Statement[] =
    host === undefined
      ? []
      : [
          ...checkAddress(host, sourceAt, `destination of ${kind}`),
          { op: OP.jump, to: `host of ${kind}` },
          { label: `destination of ${kind}` },
          ...checkAddress(host, destinationAt, 'reject'),
          { label: `host of ${kind}` },
        ];
  return [
    ...(source === undefined ? [] : checkAddress(source, sourceAt, 'reject')),
    ...(destination === undefined ? [] : checkAddress(destination, destinationAt, 'reject')),
    ...either,
  ];
}

function checkAddress(prefix: IpPrefix, at: number, otherwise: string): readonly Statement[] {
  // A frame that ends before its addresses has none, of whatever prefix.
  const isThere: Statement = { op: OP.loadByteAtX, k: at + prefix.bytes.length - 1 };
  return [
    isThere,
    ...toMaskedWords(prefix).flatMap((word): readonly Statement[] => [
      { op: OP.loadWordAtX, k: at + word.at },
      { op: OP.and, k: word.mask },
      { op: OP.jumpEqual, k: word.value, no: otherwise },
    ]),
  ];
}

/** X is where the transport's header begins, less 14. */
function checkPorts({ sourcePort, destinationPort, port }: FilterTerms, kind: string): readonly Statement[] {
  const check = (at: number, value: number | undefined): readonly Statement[] =>
    value === undefined
      ? []
      : [
          { op: OP.loadHalfAtX, k: at },
          { op: OP.jumpEqual, k: value, no: 'reject' },
        ];
  const either: readonly Statement[] =
    port === undefined
      ? []
      : [
          { op: OP.loadHalfAtX, k: 14 },
          { op: OP.jumpEqual, k: port, yes: `port of ${kind}` },
          ...check(16, port),
          { label: `port of ${kind}` },
        ];
  return [...check(14, sourcePort), ...check(16, destinationPort), ...either];
}

function advance(bytes: number): readonly Statement[] {
  return [{ op: OP.moveFromX }, { op: OP.add, k: bytes }, { op: OP.moveToX }];
}

const accept: Statement = { op: OP.jump, to: 'accept' };
