import { type NetlinkMessage, readHeader } from './message.js';

/** struct ifinfomsg: family and padding, type of hardware, index, flags, and which flags to change. */
export const LINK_HEADER_BYTES = 16;

/** Attributes of links: include/uapi/linux/if_link.h, IFLA_*. */
export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  QDISC: 6,
  MASTER: 10,
  PROTINFO: 12,
  TXQLEN: 13,
  OPERSTATE: 16,
  LINKINFO: 18,
  STATS64: 23,
  AF_SPEC: 26,
  GROUP: 27,
  NET_NS_FD: 28,
  PROMISCUITY: 30,
  NUM_TX_QUEUES: 31,
  NUM_RX_QUEUES: 32,
  CARRIER: 33,
  CARRIER_CHANGES: 35,
  LINK_NETNSID: 37,
  XDP: 43,
  NEW_IFINDEX: 49,
  PROP_LIST: 52,
  ALT_IFNAME: 53,
  ALLMULTI: 61,
} as const;

/** Attributes inside of IFLA_LINKINFO. */
export const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;

/** Flags of links: include/uapi/linux/if.h. */
export const IFF = {
  UP: 0x1,
  LOOPBACK: 0x8,
  NOARP: 0x80,
  PROMISC: 0x100,
  ALLMULTI: 0x200,
  MULTICAST: 0x1000,
  LOWER_UP: 0x10000,
} as const;

/** What stands before the attributes of every message about links. */
export interface LinkHeader {
  /** 0, but for what a bridge says of its ports. */
  readonly family: number;
  readonly index: number;
  readonly flags: number;
  /** Which of the flags a request means to change. */
  readonly changeMask: number;
}

export function encodeLinkHeader(header: Partial<LinkHeader>): Uint8Array {
  const bytes = new Uint8Array(LINK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, header.family ?? 0);
  view.setInt32(4, header.index ?? 0, true);
  view.setUint32(8, header.flags ?? 0, true);
  view.setUint32(12, header.changeMask ?? 0, true);
  return bytes;
}

/** @throws KernelError EBADMSG */
export function decodeLinkHeader(message: NetlinkMessage): LinkHeader {
  const view = readHeader(message, 'a link', LINK_HEADER_BYTES);
  return {
    family: view.getUint8(0),
    index: view.getInt32(4, true),
    flags: view.getUint32(8, true),
    changeMask: view.getUint32(12, true),
  };
}
