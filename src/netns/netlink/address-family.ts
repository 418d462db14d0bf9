import type { IpFamily } from './ip-address.js';

/** Families in the headers of rtnetlink: include/linux/socket.h, and RTNL_FAMILY_ of include/uapi/linux/rtnetlink.h. */
export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10, IPMR: 128, IP6MR: 129 } as const;

/** The number of a family of IP. */
export function encodeFamily(family: IpFamily | undefined): number {
  if (family === undefined) return AF.UNSPEC;
  return family === 'ipv4' ? AF.INET : AF.INET6;
}

/** The family of IP that a number stands for; `undefined` for all others. */
export function decodeFamily(number: number | undefined): IpFamily | undefined {
  if (number === AF.INET) return 'ipv4';
  return number === AF.INET6 ? 'ipv6' : undefined;
}
