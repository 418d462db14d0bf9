import { CStruct } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/linux/netlink.h and include/linux/socket.h */
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const MSG_TRUNC = 0x20;

/** The families of netlink in use. */
export const NETLINK_ROUTE = 0;

/** The kernel's largest datagrams are those of a dump, 32 KiB; this leaves room. */
const BUFFER_BYTES = 128 * 1024;
/** Shared by all sockets of a thread, for what comes is copied out of it at once: a lab has hundreds of them. */
let buffer: Uint8Array | undefined;

/**
 * A netlink socket in the namespace in which it is made; it stays there. The kernel answers requests of rtnetlink
 * before `send` returns, so `receive` finds the answer there.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: FileDescriptor;

  /** @throws KernelError EPROTONOSUPPORT, EMFILE */
  constructor(family: number = NETLINK_ROUTE) {
    const result = systemCall('socket', AF_NETLINK, SOCK_RAW_CLOEXEC, family);
    this.#fd = new FileDescriptor(requireResult(result, { syscall: 'socket(AF_NETLINK)', action: 'open netlink' }));
    const on = new CStruct(4).s32(0, 1);
    // Kernels without one of them only say less about an error.
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK]) {
      systemCall('setsockopt', this.#fd.number, SOL_NETLINK, option, on, 4);
    }
    // An answer that never comes must not hang the process.
    systemCall('setsockopt', this.#fd.number, SOL_SOCKET, SO_RCVTIMEO, new CStruct(16).u64(0, 5), 16);
  }

  get closed(): boolean {
    return this.#fd.closed;
  }

  /** @throws KernelError ENOBUFS, EPERM */
  send(bytes: Uint8Array): void {
    const address = new CStruct(12).u16(0, AF_NETLINK);
    const result = systemCall('sendto', this.#fd.number, bytes, bytes.length, 0, address, 12);
    requireResult(result, { syscall: 'sendto', action: 'send to netlink' });
  }

  /** One datagram. @throws KernelError EAGAIN when none came within five seconds, ENOBUFS when some were lost, EMSGSIZE */
  receive(): Uint8Array {
    buffer ??= new Uint8Array(BUFFER_BYTES);
    const result = systemCall('recvfrom', this.#fd.number, buffer, BUFFER_BYTES, MSG_TRUNC, null, null);
    const length = requireResult(result, { syscall: 'recvfrom', action: 'receive from netlink' });
    if (length > BUFFER_BYTES)
      requireResult(-90, { syscall: 'recvfrom', action: `receive ${length} bytes of netlink` });
    return buffer.slice(0, length);
  }

  close(): void {
    this.#fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
