import { call, check } from './libc.ts';

/** include/uapi/linux/sockios.h, if.h */
const [SIOCGIFFLAGS, SIOCGIFINDEX] = [0x8913, 0x8933];
const [IFF_UP, IFF_RUNNING] = [1, 0x40];
const IFREQ_BYTES = 40;
export const MAX_INTERFACE_NAME_BYTES = 15;
/** include/uapi/linux/netlink.h, rtnetlink.h */
const [AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE] = [16, 3 | 0o4000 | 0o2000000, 0];
const RTMGRP_LINK = 1;

/** An interface, as the kernel has it now. */
export interface InterfaceState {
  readonly index: number;
  readonly isUp: boolean;
  readonly hasCarrier: boolean;
}

/** Looks an interface up in the namespace of a socket; `undefined` when there is none of that name. @throws SystemError */
export function findInterface(socket: number, name: string): InterfaceState | undefined {
  const request = new Uint8Array(new ArrayBuffer(IFREQ_BYTES));
  const view = new DataView(request.buffer);
  request.set(new TextEncoder().encode(name));
  const ENODEV = -19;
  const found = call('ioctl', socket, SIOCGIFINDEX, request);
  if (found === ENODEV) return undefined;
  check(found, 'ioctl(SIOCGIFINDEX)', `find interface ${name}`);
  const index = view.getInt32(16, true);
  const asked = call('ioctl', socket, SIOCGIFFLAGS, request);
  if (asked === ENODEV) return undefined;
  check(asked, 'ioctl(SIOCGIFFLAGS)', `see whether interface ${name} is up`);
  const flags = view.getUint16(16, true);
  return { index, isUp: (flags & IFF_UP) !== 0, hasCarrier: (flags & IFF_RUNNING) !== 0 };
}

/** A socket that can be read when an interface came, went or changed. @throws SystemError */
export function openLinkEvents(): number {
  const fd = call('socket', AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE);
  check(fd, 'socket', 'open a netlink socket');
  // struct sockaddr_nl: family, padding, port (the kernel chooses), groups.
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(8, RTMGRP_LINK, true);
  check(call('bind', fd, address, address.length), 'bind', 'hear of interfaces that come and go');
  return fd;
}
