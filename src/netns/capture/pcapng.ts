/** Blocks of a pcapng file: draft-ietf-opsawg-pcapng. All numbers are little-endian, as the section header tells. */
export const BLOCK = { section: 0x0a0d_0d0a, interface: 1, names: 4, statistics: 5, packet: 6 } as const;
const BYTE_ORDER = 0x1a2b_3c4d;
const LINKTYPE_ETHERNET = 1;
const OPTION = {
  end: 0,
  comment: 1,
  system: 3,
  program: 4,
  interfaceName: 2,
  description: 3,
  macAddress: 6,
  timeResolution: 9,
  filter: 11,
  startTime: 2,
  endTime: 3,
  received: 4,
  droppedBySystem: 7,
  delivered: 8,
} as const;
const NANOSECONDS = 9;
const NAME = { end: 0, ipv4: 1, ipv6: 2 } as const;

/** What is behind the bytes of a frame in its block: its flags, the end of its options, and the length again. */
export const PACKET_TRAILER_BYTES = 16;
export const PACKET_HEADER_BYTES = 28;

/** One interface of a capture. */
export interface PcapngInterface {
  /** What Wireshark shows it as. */
  readonly name: string;
  readonly description: string;
  readonly macAddress: Uint8Array;
  /** 0 for whole frames. */
  readonly snapLength: number;
  readonly filter: string | undefined;
}

/** What became of the frames of an interface. */
export interface PcapngStatistics {
  readonly interface: number;
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** What came through the filter, whether or not there was room for it. */
  readonly received: number;
  /** For what there was no room in the kernel. */
  readonly dropped: number;
  /** What is in the file. */
  readonly delivered: number;
}

/** How many bytes are added so that a number of them can be divided by four. */
export function paddingOf(length: number): number {
  return -length & 3;
}

export function encodeSectionHeader(comment: string): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER, true);
  view.setUint16(4, 1, true);
  // The length of the section is not known.
  view.setBigInt64(8, -1n, true);
  const options = [text(OPTION.comment, comment), text(OPTION.system, 'Linux'), text(OPTION.program, 'glovebox')];
  return encodeBlock(BLOCK.section, [body, ...options, END_OF_OPTIONS]);
}

export function encodeInterface({ name, description, macAddress, snapLength, filter }: PcapngInterface): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, LINKTYPE_ETHERNET, true);
  view.setUint32(4, snapLength, true);
  return encodeBlock(BLOCK.interface, [
    body,
    text(OPTION.interfaceName, name),
    text(OPTION.description, description),
    option(OPTION.macAddress, macAddress),
    option(OPTION.timeResolution, Uint8Array.of(NANOSECONDS)),
    // The first byte says that it is text.
    ...(filter === undefined ? [] : [option(OPTION.filter, Uint8Array.of(0, ...new TextEncoder().encode(filter)))]),
    END_OF_OPTIONS,
  ]);
}

/** The names of addresses, of 4 or 16 bytes. */
export function encodeNames(names: readonly { readonly address: Uint8Array; readonly name: string }[]): Uint8Array {
  const records = names.map(({ address, name }) =>
    option(
      address.length === 4 ? NAME.ipv4 : NAME.ipv6,
      Uint8Array.of(...address, ...new TextEncoder().encode(name), 0),
    ),
  );
  // The end of the records; there are no options.
  return encodeBlock(BLOCK.names, [...records, END_OF_OPTIONS]);
}

export function encodeStatistics(statistics: PcapngStatistics): Uint8Array {
  const body = new Uint8Array(12);
  const view = new DataView(body.buffer);
  view.setUint32(0, statistics.interface, true);
  body.set(splitTime(statistics.endNs), 4);
  return encodeBlock(BLOCK.statistics, [
    body,
    option(OPTION.startTime, splitTime(statistics.startNs)),
    option(OPTION.endTime, splitTime(statistics.endNs)),
    count(OPTION.received, statistics.received),
    count(OPTION.droppedBySystem, statistics.dropped),
    count(OPTION.delivered, statistics.delivered),
    END_OF_OPTIONS,
  ]);
}

const END_OF_OPTIONS = new Uint8Array(4);

function encodeBlock(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const block = new Uint8Array(length);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  let at = 8;
  for (const part of parts) {
    block.set(part, at);
    at += part.length;
  }
  view.setUint32(at, length, true);
  return block;
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + value.length + paddingOf(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

function text(code: number, value: string): Uint8Array {
  // The length has two bytes.
  return option(code, new TextEncoder().encode(value).subarray(0, 0xffff));
}

function count(code: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return option(code, bytes);
}

/** A time is two numbers of 32 bits, the upper one first. */
function splitTime(ns: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(ns >> 32n), true);
  view.setUint32(4, Number(ns & 0xffff_ffffn), true);
  return bytes;
}
