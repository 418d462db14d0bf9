import fc from 'fast-check';
import { parseIpAddress } from '../../../src/netns/netlink/ip-address.js';
import { findPacketFilterMistakes, type PacketFilter } from '../../../src/netns/packet-filter/packet-filter.js';

// Few of each, so that filters and frames meet.
const IPV4 = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '239.1.1.1'];
const IPV6 = ['fd00::1', 'fd00::2', 'fd00:0:0:1::1', 'ff02::1'];
const PREFIXES = ['10.0.0.0/24', '10.0.0.0/31', '0.0.0.0/0', 'fd00::/64', 'fd00::/127', '::/0', 'fd00::/33'];
const port = fc.constantFrom(53, 80, 0);

/** A filter that means something. */
export const filters: fc.Arbitrary<PacketFilter> = fc
  .subarray(['protocol', 'source', 'destination', 'host', 'sourcePort', 'destinationPort', 'port'] as const, {
    maxLength: 3,
  })
  .chain((fields) => {
    const address = fc.constantFrom(...IPV4, ...IPV6, ...PREFIXES);
    const all: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      protocol: fc.constantFrom('udp', 'udp', 'tcp', 'icmp', 'icmpv6', 'igmp', 'arp'),
      source: address,
      destination: address,
      host: address,
      sourcePort: port,
      destinationPort: port,
      port,
    };
    return fc.record(
      Object.fromEntries(Object.entries(all).filter(([field]) => fields.some((each) => each === field))),
    );
  })
  .filter((filter) => findPacketFilterMistakes('filter', filter).length === 0);

const u16 = (value: number): readonly number[] => [value >>> 8, value & 0xff];

const transport = fc
  .record({ source: port, destination: port, rest: fc.uint8Array({ minLength: 16, maxLength: 24 }) })
  .map(({ source, destination, rest }) => [...u16(source), ...u16(destination), ...rest]);

const ipv4 = fc
  .record({
    options: fc.constantFrom(0, 0, 1, 10),
    fragment: fc.constantFrom(0, 0, 0, 0x4000, 0x2000, 0x2005, 1),
    protocol: fc.constantFrom(1, 2, 6, 17, 17, 58),
    source: fc.constantFrom(...IPV4),
    destination: fc.constantFrom(...IPV4),
    transport,
  })
  .map(({ options, fragment, protocol, source, destination, transport: rest }) => [
    ...[0x45 + options, 0, ...u16(20 + 4 * options + rest.length), 0, 1, ...u16(fragment), 64, protocol, 0, 0],
    ...parseIpAddress(source),
    ...parseIpAddress(destination),
    ...new Uint8Array(4 * options).fill(1),
    ...rest,
  ]);

const extension = fc.oneof(
  fc.record({ type: fc.constantFrom(0, 43, 60), words: fc.constantFrom(0, 1) }).map(({ type, words }) => ({
    type,
    bytes: (next: number) => [next, words, ...new Uint8Array(6 + 8 * words)],
  })),
  fc.constantFrom(0, 1, 8, 9).map((offset) => ({
    type: 44,
    bytes: (next: number) => [next, 0, ...u16(offset), 0, 0, 0, 1],
  })),
);

const ipv6 = fc
  .record({
    extensions: fc.array(extension, { maxLength: 8, size: 'max' }),
    protocol: fc.constantFrom(6, 17, 17, 58, 1, 59),
    source: fc.constantFrom(...IPV6),
    destination: fc.constantFrom(...IPV6),
    transport,
  })
  .map(({ extensions, protocol, source, destination, transport: rest }) => {
    const headers = extensions.flatMap(({ bytes }, index) => bytes(extensions[index + 1]?.type ?? protocol));
    return [
      ...[0x60, 0, 0, 0, ...u16(headers.length + rest.length), extensions[0]?.type ?? protocol, 64],
      ...parseIpAddress(source),
      ...parseIpAddress(destination),
      ...headers,
      ...rest,
    ];
  });

const arp = fc
  .record({ kind: fc.constantFrom(0x0800, 0x0801), sender: fc.constantFrom(...IPV4), target: fc.constantFrom(...IPV4) })
  .map(({ kind, sender, target }) => [
    ...[0, 1, ...u16(kind), 6, 4, 0, 1, 2, 0, 0, 0, 0, 9, ...parseIpAddress(sender)],
    ...[0, 0, 0, 0, 0, 0, ...parseIpAddress(target)],
  ]);

const packets = fc.oneof(
  ipv4.map((bytes) => ({ type: 0x0800, bytes })),
  ipv6.map((bytes) => ({ type: 0x86dd, bytes })),
  arp.map((bytes) => ({ type: 0x0806, bytes })),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => ({ type: 0x88b5, bytes: [...bytes] })),
);

/** Frames with up to three VLAN tags. */
export const wholeFrames: fc.Arbitrary<Uint8Array> = fc
  .record({
    tags: fc.constantFrom([], [], [], [0x8100], [0x88a8], [0x88a8, 0x8100], [0x8100, 0x8100, 0x8100]),
    packet: packets,
  })
  .map(({ tags, packet: { type, bytes } }) =>
    Uint8Array.from([
      ...[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2],
      ...tags.flatMap((tag) => [...u16(tag), 0, 7]),
      ...u16(type),
      ...bytes,
    ]),
  );

/** The same, some of them cut short. */
export const frames: fc.Arbitrary<Uint8Array> = fc.oneof(
  wholeFrames,
  fc
    .tuple(wholeFrames, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([frame, part]) => frame.slice(0, Math.floor(frame.length * part))),
);
