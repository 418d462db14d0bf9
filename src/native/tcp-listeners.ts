import { CStruct } from './c-struct.js';
import { NetlinkSocket } from './netlink-socket.js';
import { requireResult } from './system-call.js';

/** include/uapi/linux/netlink.h, sock_diag.h, inet_diag.h and include/net/tcp_states.h */
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST_DUMP = 0x301;
const IPPROTO_TCP = 6;
const TCP_LISTEN = 1 << 10;
const FAMILIES = [2, 10];

/** struct nlmsghdr, and struct inet_diag_req_v2 behind it. */
const HEADER_BYTES = 16;
const REQUEST_BYTES = HEADER_BYTES + 56;
/** Of struct inet_diag_msg: the source port, in network order, and the inode. */
const PORT_AT = HEADER_BYTES + 4;
const INODE_AT = HEADER_BYTES + 68;

const CALL = { syscall: 'netlink(SOCK_DIAG_BY_FAMILY)', action: 'list the TCP sockets that listen' };

/** A TCP socket that listens. */
export interface TcpListener {
  readonly port: number;
  readonly inode: number;
}

/**
 * The TCP sockets that listen in the network namespace in which this is made, asked of the kernel by netlink: it looks
 * at those alone, where /proc/net/tcp goes through the machine's whole table of connections, which takes milliseconds
 * (net/ipv4/inet_diag.c, inet_diag_dump_icsk).
 */
export class TcpListeners implements Disposable {
  readonly #socket = new NetlinkSocket(NETLINK_SOCK_DIAG);

  /** The inodes of those at a port. @throws KernelError ENOENT for a kernel that cannot tell (CONFIG_INET_TCP_DIAG) */
  inodesAt(port: number): readonly number[] {
    return this.list()
      .filter((each) => each.port === port)
      .map(({ inode }) => inode);
  }

  /** All of them. @throws KernelError ENOENT as {@link inodesAt} */
  list(): readonly TcpListener[] {
    return FAMILIES.flatMap((family) => this.#list(family));
  }

  #list(family: number): readonly TcpListener[] {
    const request = new CStruct(REQUEST_BYTES).u32(0, REQUEST_BYTES).u16(4, SOCK_DIAG_BY_FAMILY);
    request
      .u16(6, NLM_F_REQUEST_DUMP)
      .u8(HEADER_BYTES, family)
      .u8(HEADER_BYTES + 1, IPPROTO_TCP);
    this.#socket.send(request.u32(HEADER_BYTES + 4, TCP_LISTEN).bytes);
    const found: TcpListener[] = [];
    for (;;) {
      const bytes = this.#socket.receive();
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at + HEADER_BYTES <= bytes.length; at += Math.max(HEADER_BYTES, view.getUint32(at, true))) {
        const type = view.getUint16(at + 4, true);
        // Either carries an errno, negative, or 0.
        if (type === NLMSG_DONE || type === NLMSG_ERROR) requireResult(view.getInt32(at + HEADER_BYTES, true), CALL);
        if (type === NLMSG_DONE) return found;
        found.push({ port: view.getUint16(at + PORT_AT), inode: view.getUint32(at + INODE_AT, true) });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
