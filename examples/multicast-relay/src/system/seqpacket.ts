import { call, check, EAGAIN } from './libc.ts';

/** Sockets of the Unix kind that keep messages apart: unix(7), SOCK_SEQPACKET. */
const [AF_UNIX, SOCK_SEQPACKET, NONBLOCK, CLOEXEC] = [1, 5, 0o4000, 0o2000000];
const [SOL_SOCKET, SO_SNDBUF, SO_SNDBUFFORCE] = [1, 7, 32];
const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];
const EPERM = 1;

/** The longest path of a socket: struct sockaddr_un, without the NUL. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** @throws SystemError EADDRINUSE when the path is there already */
export function listenAt(path: string): number {
  const action = `listen at ${path}`;
  const fd = check(call('socket', AF_UNIX, SOCK_SEQPACKET | NONBLOCK | CLOEXEC, 0), 'socket', action);
  const address = encodePath(path);
  try {
    check(call('bind', fd, address, address.length), 'bind', action);
    check(call('listen', fd, 4), 'listen', action);
    return fd;
  } catch (error) {
    call('close', fd);
    throw error;
  }
}

/** A connection that was waiting; `undefined` when none is. @throws SystemError */
export function acceptAt(fd: number): number | undefined {
  const accepted = call('accept4', fd, null, null, NONBLOCK | CLOEXEC);
  return accepted === -EAGAIN ? undefined : check(accepted, 'accept4', 'accept the ingress worker');
}

/**
 * Connects to who listens.
 *
 * @param capacityBytes how much may be on its way; past net.core.wmem_max, where that is allowed
 * @throws SystemError ENOENT, ECONNREFUSED when nobody does
 */
export function connectTo(path: string, capacityBytes: number): number {
  const action = `connect to ${path}`;
  const fd = check(call('socket', AF_UNIX, SOCK_SEQPACKET | NONBLOCK | CLOEXEC, 0), 'socket', action);
  try {
    const size = new Uint8Array(new Int32Array([capacityBytes]).buffer);
    const forced = call('setsockopt', fd, SOL_SOCKET, SO_SNDBUFFORCE, size, 4);
    const done = forced === -EPERM ? call('setsockopt', fd, SOL_SOCKET, SO_SNDBUF, size, 4) : forced;
    check(done, 'setsockopt(SO_SNDBUF)', `give the channel ${capacityBytes} bytes`);
    const address = encodePath(path);
    check(call('connect', fd, address, address.length), 'connect', action);
    return fd;
  } catch (error) {
    call('close', fd);
    throw error;
  }
}

/** Sends one message: its bytes, or an error number below zero; {@link EAGAIN} when the channel is full. */
export function sendMessage(fd: number, address: bigint, bytes: number): number {
  return call('send', fd, address, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/** Receives one message: its bytes, 0 at the end, or an error number below zero. */
export function receiveMessage(fd: number, address: bigint, capacity: number): number {
  return call('recv', fd, address, capacity, MSG_DONTWAIT);
}

/** struct sockaddr_un */
function encodePath(path: string): Uint8Array {
  const text = new TextEncoder().encode(path);
  if (text.length > MAX_SOCKET_PATH_BYTES)
    throw new RangeError(`${path} has ${text.length} bytes; a socket's path may have ${MAX_SOCKET_PATH_BYTES}`);
  const bytes = new Uint8Array(new ArrayBuffer(110));
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  return bytes.subarray(0, 2 + text.length + 1);
}
