import { quote } from '../core/errors.js';
import { CStruct } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { type AddressFamily, AF_INET, AF_INET6, AF_UNIX } from './socket-address.js';
import { requireResult, systemCall } from './system-call.js';

/** include/linux/net.h; the same on x86-64 and arm64. */
const TYPES = { stream: 1, datagram: 2 } as const;
const SOCK_RAW = 3;
const IPPROTO_IGMP = 2;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;

/** include/uapi/asm-generic/socket.h */
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

/** include/uapi/linux/sockios.h */
const SIOCGIFINDEX = 0x8933;
const IFNAMSIZ = 16;

const FAMILIES = { IPv4: AF_INET, IPv6: AF_INET6, unix: AF_UNIX } as const;

/** A socket in the namespace in which it is made; it stays there. @throws KernelError EMFILE, EAFNOSUPPORT without IPv6 */
export function openSocket(family: AddressFamily | 'unix', type: keyof typeof TYPES): FileDescriptor {
  const result = systemCall('socket', FAMILIES[family], TYPES[type] | SOCK_NONBLOCK_CLOEXEC, 0);
  return new FileDescriptor(requireResult(result, { syscall: 'socket', action: `open a ${type} socket of ${family}` }));
}

/** A socket that multicast routing is set through: net/ipv4/ipmr.c wants one of IGMP. @throws KernelError EPERM without CAP_NET_RAW */
export function openMulticastRouterSocket(): FileDescriptor {
  const result = systemCall('socket', AF_INET, SOCK_RAW | SOCK_NONBLOCK_CLOEXEC, IPPROTO_IGMP);
  return new FileDescriptor(requireResult(result, { syscall: 'socket', action: 'open a raw socket of IGMP' }));
}

/**
 * Gives a socket its address: what encodeSocketAddress or encodeAbstractAddress makes.
 *
 * @throws KernelError EADDRINUSE, EADDRNOTAVAIL, EACCES below port 1024 without CAP_NET_BIND_SERVICE
 */
export function bindSocket(fd: number, address: Uint8Array, action: string): void {
  requireResult(systemCall('bind', fd, address, address.length), { syscall: 'bind', action });
}

/**
 * Gives a socket its destination: what encodeSocketAddress makes.
 *
 * @throws KernelError ENETUNREACH without a route, EACCES for a broadcast address without SO_BROADCAST
 */
export function connectSocket(fd: number, address: Uint8Array, action: string): void {
  requireResult(systemCall('connect', fd, address, address.length), { syscall: 'connect', action });
}

/** The port that a socket is bound to. @throws KernelError EBADF */
export function readSocketPort(fd: number): number {
  const address = new CStruct(28);
  const size = new CStruct(4).u32(0, 28);
  requireResult(systemCall('getsockname', fd, address, size), { syscall: 'getsockname', action: 'read a port' });
  return address.readU8(2) * 256 + address.readU8(3);
}

/** @throws KernelError EADDRINUSE when another socket took the port between bind and listen */
export function listenOnSocket(fd: number, backlog: number, action: string): void {
  requireResult(systemCall('listen', fd, backlog), { syscall: 'listen', action });
}

/** Sets an option of a socket; a number is an `int`. @throws KernelError as setsockopt(2) answers */
export function setSocketOption(
  fd: number,
  level: number,
  option: number,
  value: number | Uint8Array,
  action: string,
): void {
  const bytes = typeof value === 'number' ? new CStruct(4).s32(0, value).bytes : value;
  const result = systemCall('setsockopt', fd, level, option, bytes, bytes.length);
  requireResult(result, { syscall: 'setsockopt', action });
}

/**
 * Lets only those packets come to a socket that a program of classic BPF (`struct sock_filter[]`) takes; what waits there
 * already stays.
 *
 * @throws KernelError EINVAL for a program that the kernel does not accept
 */
export function attachSocketFilter(fd: number, program: Uint8Array): void {
  const filter = new CStruct(16).u16(0, program.length / 8).pointer(8, program);
  const result = systemCall('setsockopt', fd, SOL_SOCKET, SO_ATTACH_FILTER, filter, 16);
  requireResult(result, { syscall: 'setsockopt(SO_ATTACH_FILTER)', action: 'attach a filter to a socket' });
}

/** The index of a device in the namespace of a socket, wherever the thread is. @throws KernelError ENODEV */
export function findInterfaceIndex(fd: number, name: string): number {
  const action = `find interface ${quote(name)}`;
  const isPossible = name !== '' && Buffer.byteLength(name) < IFNAMSIZ && !name.includes('\0');
  if (!isPossible) requireResult(-19, { syscall: 'ioctl(SIOCGIFINDEX)', action });
  const request = new CStruct(40).text(0, IFNAMSIZ, name);
  requireResult(systemCall('ioctl', fd, SIOCGIFINDEX, request), { syscall: 'ioctl(SIOCGIFINDEX)', action });
  return request.readS32(16);
}
