import { addressOf, call, check, EAGAIN } from './libc.ts';
import { MESSAGE_BYTES, type ReceivedMessages } from './message-batch.ts';

/** include/linux/socket.h, include/uapi/linux/in.h, include/uapi/asm-generic/socket.h */
const [AF_INET, SOCK_DGRAM_CLOEXEC, SOCK_NONBLOCK] = [2, 2 | 0o2000000, 0o4000];
const [SOL_SOCKET, IPPROTO_IP] = [1, 0];
const [SO_REUSEADDR, SO_RCVBUF, SO_RCVBUFFORCE, SO_MEMINFO] = [2, 8, 33, 55];
const [IP_PKTINFO, IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP] = [8, 32, 33, 35, 36];
const MSG_DONTWAIT = 0x40;
const EPERM = 1;
/** include/uapi/linux/sock_diag.h: the values of SO_MEMINFO, and the one that counts what did not fit. */
const [SK_MEMINFO_VARS, SK_MEMINFO_DROPS] = [9, 8];

/** A socket that receives what comes to a port, for every group that is joined, and hears where it was sent to. @throws SystemError */
export function openReceiver(port: number, bufferBytes: number): number {
  const action = `listen at UDP port ${port}`;
  const fd = check(call('socket', AF_INET, SOCK_DGRAM_CLOEXEC | SOCK_NONBLOCK, 0), 'socket', action);
  try {
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, toInt(1), action);
    setOption(fd, IPPROTO_IP, IP_PKTINFO, toInt(1), action);
    // Past net.core.rmem_max, where that is allowed; the kernel doubles what it is given.
    const forced = call('setsockopt', fd, SOL_SOCKET, SO_RCVBUFFORCE, toInt(bufferBytes), 4);
    if (forced === -EPERM) setOption(fd, SOL_SOCKET, SO_RCVBUF, toInt(bufferBytes), action);
    else check(forced, 'setsockopt(SO_RCVBUFFORCE)', `give the socket at port ${port} ${bufferBytes} bytes of buffer`);
    const address = encodeAddress(0, port);
    check(call('bind', fd, address, address.length), 'bind', action);
    return fd;
  } catch (error) {
    call('close', fd);
    throw error;
  }
}

/** A socket that sends to a group, from an interface. @throws SystemError ENETUNREACH when the interface is down */
export function openSender(group: number, port: number, interfaceIndex: number, ttl: number, action: string): number {
  const fd = check(call('socket', AF_INET, SOCK_DGRAM_CLOEXEC, 0), 'socket', action);
  try {
    setOption(fd, IPPROTO_IP, IP_MULTICAST_IF, encodeMembership(0, interfaceIndex), action);
    setOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, toInt(ttl), action);
    const address = encodeAddress(group, port);
    check(call('connect', fd, address, address.length), 'connect', action);
    return fd;
  } catch (error) {
    call('close', fd);
    throw error;
  }
}

/** @throws SystemError EADDRINUSE when it was joined there before, ENODEV when there is no such interface */
export function joinGroup(fd: number, group: number, interfaceIndex: number, action: string): void {
  setOption(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, encodeMembership(group, interfaceIndex), action);
}

/** That it was not joined, or that its interface is gone, is success. */
export function leaveGroup(fd: number, group: number, interfaceIndex: number): void {
  const request = encodeMembership(group, interfaceIndex);
  call('setsockopt', fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, request, request.length);
}

/** Takes what has come, without waiting; how many there are. @throws SystemError */
export function receiveMessages(fd: number, messages: ReceivedMessages): number {
  const received = call('recvmmsg', fd, messages.address, messages.capacity, MSG_DONTWAIT, 0);
  if (received === -EAGAIN) return 0;
  return check(received, 'recvmmsg', 'receive datagrams');
}

/** Sends messages, waiting for room; how many went before the first that did not, or an error number below zero. */
export function sendMessages(fd: number, headers: bigint, first: number, count: number): number {
  return call('sendmmsg', fd, headers + BigInt(first * MESSAGE_BYTES), count, 0);
}

const memoryInfo = new Uint32Array(new ArrayBuffer(4 * 32));
const memoryInfoBytes = new Uint8Array(memoryInfo.buffer);

/** How many datagrams did not fit into a socket's buffer since it was opened. */
export function readSocketDrops(fd: number): number {
  const length = toInt(SK_MEMINFO_VARS * 4);
  check(call('getsockopt', fd, SOL_SOCKET, SO_MEMINFO, memoryInfoBytes, length), 'getsockopt', 'read what was dropped');
  return memoryInfo[SK_MEMINFO_DROPS] ?? 0;
}

/** An address of IPv4 as a number. */
export function parseIpv4(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function setOption(fd: number, level: number, option: number, value: Uint8Array, action: string): void {
  check(call('setsockopt', fd, level, option, value, value.length), 'setsockopt', action);
}

function toInt(value: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(4));
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

/** struct sockaddr_in */
function encodeAddress(address: number, port: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port, false);
  view.setUint32(4, address, false);
  return new Uint8Array(view.buffer);
}

/** struct ip_mreqn: group, address of ours (any), interface. */
function encodeMembership(group: number, interfaceIndex: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint32(0, group, false);
  view.setInt32(8, interfaceIndex, true);
  return new Uint8Array(view.buffer);
}

const scratch = new Uint8Array(new ArrayBuffer(8192));
const scratchAddress = addressOf(scratch);

/** Throws away what waits in a socket; whether there was anything. */
export function drainSocket(fd: number): boolean {
  let found = false;
  // That some of it was lost, ENOBUFS, is news as well.
  for (;;) {
    const result = call('recv', fd, scratchAddress, scratch.length, MSG_DONTWAIT);
    if (result === -EAGAIN || result === 0) return found;
    found = true;
  }
}
