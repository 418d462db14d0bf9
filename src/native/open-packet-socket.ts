import { CStruct } from './c-struct.js';
import { FileDescriptor } from './file-descriptor.js';
import { attachSocketFilter } from './socket.js';
import { requireResult, systemCall } from './system-call.js';

/** include/linux/socket.h, include/linux/net.h, include/uapi/linux/if_ether.h */
const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const ETH_P_ALL = 0x0003;
const ADDRESS_BYTES = 20;

export interface PacketSocketSettings {
  /** The EtherType of the frames that come to it. @defaultValue all */
  readonly etherType?: number | undefined;
  /** A program of classic BPF: `struct sock_filter[]`. */
  readonly filter?: Uint8Array | undefined;
  /** Sets what has to be set before the first frame comes. */
  readonly prepare?: (fd: number) => void;
}

/**
 * A socket for whole frames of one interface, in the namespace of the caller. It sees no frame before it is bound,
 * filtered and prepared.
 *
 * @throws KernelError EPERM without CAP_NET_RAW, ENODEV, ENETDOWN
 */
export function openPacketSocket(ifindex: number, settings: PacketSocketSettings = {}): FileDescriptor {
  const fd = createPacketSocket(settings.filter);
  try {
    settings.prepare?.(fd.number);
    bindPacketSocket(fd.number, ifindex, settings.etherType);
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** The same, which sees no frame until it is bound. @throws KernelError EPERM without CAP_NET_RAW */
export function createPacketSocket(filter?: Uint8Array): FileDescriptor {
  // Without a protocol it sees nothing until it is bound: no frame of another interface comes in between.
  const result = systemCall('socket', AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, 0);
  const fd = new FileDescriptor(requireResult(result, { syscall: 'socket', action: 'open a packet socket' }));
  try {
    if (filter !== undefined) attachSocketFilter(fd.number, filter);
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** Lets a packet socket see the frames of an interface of its namespace. @throws KernelError ENODEV, ENETDOWN */
export function bindPacketSocket(fd: number, ifindex: number, etherType?: number): void {
  const address = encodePacketAddress(ifindex, etherType);
  const action = `open a packet socket on interface ${ifindex}`;
  requireResult(systemCall('bind', fd, address, ADDRESS_BYTES), { syscall: 'bind', action });
}

/** `struct sockaddr_ll`; the protocol is in the order of the network. */
export function encodePacketAddress(ifindex: number, etherType = ETH_P_ALL): CStruct {
  return new CStruct(ADDRESS_BYTES)
    .u16(0, AF_PACKET)
    .u16(2, ((etherType & 0xff) << 8) | (etherType >> 8))
    .s32(4, ifindex);
}
