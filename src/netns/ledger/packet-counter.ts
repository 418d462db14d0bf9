import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openPacketSocket } from '../../native/open-packet-socket.js';
import { setSocketOption } from '../../native/socket.js';
import { requireResult, systemCall } from '../../native/system-call.js';
import type { Netns } from '../netns.js';
import { compilePacketFilter } from '../packet-filter/compile.js';
import { ETHER_TYPE } from '../packet-filter/filter-terms.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';

/** include/uapi/asm-generic/socket.h, include/uapi/linux/if_packet.h */
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
/** What is kept of a frame: the headers. */
const SNAP_BYTES = 128;

/** What a {@link PacketCounter} counts. */
export interface PacketCounterOptions {
  readonly netns: Netns;
  readonly ifindex: number;
  readonly filter: PacketFilter;
  readonly direction: 'in' | 'out';
  /**
   * Only what IP is given: behind the filters of tc and of nftables' ingress, and nothing on ports of a bridge, which
   * takes frames away before.
   *
   * @defaultValue all frames, before those filters (net/core/dev.c, __netif_receive_skb_core)
   */
  readonly behindFilters?: 'ipv4' | 'ipv6' | undefined;
}

/**
 * Counts packets of a flow at an interface, in the kernel: a packet socket counts what passes its filter, a program of
 * classic BPF, whether there is room for it or not (net/packet/af_packet.c, packet_rcv). Its buffer has room for a frame
 * or two, so that nothing is copied after those. It needs CAP_NET_RAW in the namespace alone.
 */
export class PacketCounter {
  readonly #socket: FileDescriptor;
  #packets = 0;
  #sample: Uint8Array | undefined;

  /** @throws KernelError EPERM without CAP_NET_RAW, ENODEV */
  constructor({ netns, ifindex, filter, direction, behindFilters }: PacketCounterOptions) {
    const settings = {
      filter: compilePacketFilter(filter, { direction, snapLength: SNAP_BYTES }),
      etherType: behindFilters === undefined ? undefined : ETHER_TYPE[behindFilters],
      prepare: (fd: number) => setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, 1, 'shrink a receive buffer'),
    };
    this.#socket = netns.run(() => openPacketSocket(ifindex, settings));
  }

  /** Packets since it was opened. Exact, if it is called at least once in 2³² packets. */
  read(): number {
    if (this.#socket.closed) return this.#packets;
    // struct tpacket_stats: packets, those for which there was no room among them, and how many those are.
    const statistics = new CStruct(8);
    const size = new CStruct(4).u32(0, 8);
    const result = systemCall('getsockopt', this.#socket.number, SOL_PACKET, PACKET_STATISTICS, statistics, size);
    requireResult(result, { syscall: 'getsockopt(PACKET_STATISTICS)', action: 'read how many packets were counted' });
    // The kernel forgets what it has told.
    this.#packets += statistics.readU32(0);
    return this.#packets;
  }

  /** The first frame that was counted, up to 128 bytes of it. */
  sample(): Uint8Array | undefined {
    if (this.#sample === undefined && !this.#socket.closed) {
      const buffer = new Uint8Array(SNAP_BYTES);
      const size = systemCall('recvfrom', this.#socket.number, buffer, buffer.length, 0, null, null);
      if (size > 0) this.#sample = buffer.slice(0, size);
    }
    return this.#sample;
  }

  /**
   * What was counted can still be read. The kernel takes 12 ms for it, until no processor can be looking at the socket
   * any more (packet_release, synchronize_net): that is left to another thread.
   */
  close(): Promise<void> {
    this.sample();
    this.read();
    return this.#socket.closeElsewhere();
  }
}
