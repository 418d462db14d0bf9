import { type NetlinkMessage, readHeader } from './message.js';

/** struct tcmsg: family and padding, ifindex, handle, parent, info. */
export const TC_HEADER_BYTES = 20;

/** Attributes of qdiscs, classes and filters: include/uapi/linux/rtnetlink.h. */
export const TCA = { KIND: 1, OPTIONS: 2, STATS2: 7, CHAIN: 11 } as const;

/** Places in the tree of traffic control that have a fixed number: include/uapi/linux/pkt_sched.h. */
export const TC_H = {
  /** Where a device's own qdisc sits. */
  ROOT: 0xffffffff,
  /** Where an ingress or a clsact qdisc sits. */
  CLSACT: 0xfffffff1,
  MAJOR_CLSACT: 0xffff0000,
  MIN_INGRESS: 0xfff2,
  MIN_EGRESS: 0xfff3,
} as const;

/** What stands before the attributes of every message about qdiscs, classes and filters. */
export interface TcHeader {
  readonly ifindex: number;
  readonly handle: number;
  readonly parent: number;
  /** For a filter, its priority and protocol. */
  readonly info: number;
}

export function encodeTcHeader(header: Partial<TcHeader>): Uint8Array {
  const bytes = new Uint8Array(TC_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, header.ifindex ?? 0, true);
  view.setUint32(8, header.handle ?? 0, true);
  view.setUint32(12, header.parent ?? 0, true);
  view.setUint32(16, header.info ?? 0, true);
  return bytes;
}

/** @throws KernelError EBADMSG */
export function decodeTcHeader(message: NetlinkMessage, what: string): TcHeader {
  const view = readHeader(message, what, TC_HEADER_BYTES);
  return {
    ifindex: view.getInt32(4, true),
    handle: view.getUint32(8, true),
    parent: view.getUint32(12, true),
    info: view.getUint32(16, true),
  };
}
