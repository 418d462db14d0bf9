import { type NetlinkMessage, readHeader } from './message.js';
import { NumberNames } from './number-names.js';

/** struct ndmsg: family and padding, index of the link, state, flags, type. */
export const NEIGHBOUR_HEADER_BYTES = 12;

/** Attributes of neighbours: include/uapi/linux/neighbour.h, NDA_*. */
export const NDA = { DST: 1, LLADDR: 2, VLAN: 5, PORT: 6, VNI: 7, IFINDEX: 8, MASTER: 9 } as const;

/** Flags of neighbours. */
export const NTF = { SELF: 0x02, MASTER: 0x04, PROXY: 0x08, EXT_LEARNED: 0x10, STICKY: 0x40, ROUTER: 0x80 } as const;

/** What is known of a neighbour. */
export type NeighbourStatus =
  | 'none'
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent';

/** NUD_* */
export const NEIGHBOUR_STATES: NumberNames<NeighbourStatus> = new NumberNames([
  ['none', 0x00],
  ['incomplete', 0x01],
  ['reachable', 0x02],
  ['stale', 0x04],
  ['delay', 0x08],
  ['probe', 0x10],
  ['failed', 0x20],
  ['noarp', 0x40],
  ['permanent', 0x80],
]);

/** What stands before the attributes of every message about neighbours and forwarding entries. */
export interface NeighbourHeader {
  readonly family: number;
  readonly ifindex: number;
  readonly state: number;
  readonly flags: number;
}

export function encodeNeighbourHeader(header: Partial<NeighbourHeader>): Uint8Array {
  const bytes = new Uint8Array(NEIGHBOUR_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, header.family ?? 0);
  view.setInt32(4, header.ifindex ?? 0, true);
  view.setUint16(8, header.state ?? 0, true);
  view.setUint8(10, header.flags ?? 0);
  return bytes;
}

/** @throws KernelError EBADMSG */
export function decodeNeighbourHeader(message: NetlinkMessage): NeighbourHeader {
  const view = readHeader(message, 'a neighbour', NEIGHBOUR_HEADER_BYTES);
  return {
    family: view.getUint8(0),
    ifindex: view.getInt32(4, true),
    state: view.getUint16(8, true),
    flags: view.getUint8(10),
  };
}
