import { type NetlinkMessage, readHeader } from './message.js';

/** struct ifinfomsg: family and padding, type of hardware, index, flags, and which flags to change. */
export const LINK_HEADER_BYTES = 16;

/** Attributes of links: include/uapi/linux/if_link.h, IFLA_*. */
export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  LINKINFO: 18,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
  XDP: 43,
  NEW_IFINDEX: 49,
} as const;

/** Attributes inside of IFLA_LINKINFO. */
export const IFLA_INFO = { KIND: 1, DATA: 2 } as const;

/** Flags of links: include/uapi/linux/if.h. */
export const IFF = { UP: 0x1, LOWER_UP: 0x10000 } as const;

/** What stands before the attributes of every message about links. */
export interface LinkHeader {
  readonly index: number;
  readonly flags: number;
  /** Which of the flags a request means to change. */
  readonly changeMask: number;
}

export function encodeLinkHeader(header: Partial<LinkHeader>): Uint8Array {
  const bytes = new Uint8Array(LINK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, header.index ?? 0, true);
  view.setUint32(8, header.flags ?? 0, true);
  view.setUint32(12, header.changeMask ?? 0, true);
  return bytes;
}

/** @throws KernelError EBADMSG */
export function decodeLinkHeader(message: NetlinkMessage): LinkHeader {
  const view = readHeader(message, 'a link', LINK_HEADER_BYTES);
  return { index: view.getInt32(4, true), flags: view.getUint32(8, true), changeMask: view.getUint32(12, true) };
}
