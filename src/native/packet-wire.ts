import { CStruct, toCString } from './c-struct.js';
import type { FileDescriptor } from './file-descriptor.js';
import { openPacketSocket } from './open-packet-socket.js';
import { openSocket } from './socket.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/asm-generic/socket.h */
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const BUFFER_BYTES = 16 * 1024 * 1024;
/** include/uapi/linux/if_packet.h */
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const PACKET_IGNORE_OUTGOING = 23;

/** include/uapi/linux/sockios.h, include/uapi/linux/ethtool.h: the commands that switch an offload. */
const SIOCETHTOOL = 0x8946;
const IFREQ_BYTES = 40;
const IFNAMSIZ = 16;
const OFFLOADS = { checksums: 0x17, scatterGather: 0x19, tcpSegments: 0x1f, segments: 0x24 } as const;

/**
 * A socket that receives all frames that come in at an interface, and sends them from it, in the namespace of the
 * caller; it has room for tens of thousands of frames.
 *
 * @throws KernelError EPERM without CAP_NET_RAW, ENODEV
 */
export function openPacketWire(ifindex: number): FileDescriptor {
  return openPacketSocket(ifindex, {
    prepare: (fd) => {
      const on = new CStruct(4).s32(0, 1);
      // Kernels before 4.20 do not have it, and need it only where others send from the same interface.
      systemCall('setsockopt', fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, on, 4);
      const size = new CStruct(4).s32(0, BUFFER_BYTES);
      // In a user namespace the limits of the machine hold (net.core.rmem_max), so as much as they allow comes first.
      for (const option of [SO_RCVBUF, SO_SNDBUF, SO_RCVBUFFORCE, SO_SNDBUFFORCE])
        systemCall('setsockopt', fd, SOL_SOCKET, option, size, 4);
    },
  });
}

/** How many frames found no room at a packet socket, since the last time that this was asked: tpacket_stats. */
export function takeOverruns(fd: number): number {
  const statistics = new CStruct(12);
  const result = systemCall('getsockopt', fd, SOL_PACKET, PACKET_STATISTICS, statistics, new CStruct(4).u32(0, 12));
  requireResult(result, { syscall: 'getsockopt(PACKET_STATISTICS)', action: 'read the statistics of a packet socket' });
  return statistics.readU32(4);
}

/**
 * Lets the kernel finish what it sends from an interface of the caller's namespace, as on a cable: checksums are in
 * place and no frame is longer than the MTU. A veth else leaves both to whoever receives.
 */
export function switchOffOffloads(name: string): void {
  using socket = openSocket('IPv4', 'datagram');
  for (const command of Object.values(OFFLOADS)) {
    const value = new CStruct(8).u32(0, command).u32(4, 0);
    const request = new CStruct(IFREQ_BYTES).data(0, toCString(name)).pointer(IFNAMSIZ, value);
    const result = systemCall('ioctl', socket.number, SIOCETHTOOL, request);
    requireResult(result, { syscall: 'ioctl(SIOCETHTOOL)', action: `switch off an offload of ${name}` });
  }
}
