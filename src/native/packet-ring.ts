import { CStruct } from './c-struct.js';
import type { FileDescriptor } from './file-descriptor.js';
import { requireResult, systemCall, systemCallInPool, viewMemory } from './system-call.js';

/** include/uapi/linux/if_packet.h */
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_VERSION = 10;
const PACKET_IGNORE_OUTGOING = 23;
const TPACKET_V3 = 2;
const RING_REQUEST_BYTES = 28;
const FRAME_BYTES = 2048;
/** What is smaller, V8 may move while the kernel reads it. */
const LEAST_FIXED_BYTES = 128;
/** include/uapi/asm-generic/mman-common.h */
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** struct tpacket_block_desc: status, frames, where the first is. */
const BLOCK = { status: 8, count: 12, first: 16 } as const;
/** struct tpacket3_hdr, and the sockaddr_ll behind it. */
const FRAME = {
  next: 0,
  seconds: 4,
  nanoseconds: 8,
  kept: 12,
  length: 16,
  status: 20,
  start: 24,
  vlanTag: 32,
  vlanType: 36,
  packetType: 58,
} as const;
const STATUS_USER = 1;

/** Bits of the status of a frame. */
export const FRAME_STATUS = { checksumNotReady: 8, hasVlanTag: 16, hasVlanType: 64 } as const;
/** What sll_pkttype says of a frame. */
export const PACKET_TYPE = { host: 0, broadcast: 1, multicast: 2, otherHost: 3, outgoing: 4 } as const;

/** How large a ring is. */
export interface PacketRingSize {
  /** A multiple of the size of a page. A frame that has no room in a block is cut. */
  readonly blockBytes: number;
  readonly blockCount: number;
  /** When a block that is not full is handed over. */
  readonly retireMs: number;
}

/**
 * Lets frames of a packet socket, before it is bound, come to a ring in memory. Of each, the kernel waits until no other
 * processor looks at the socket: many at once wait together.
 *
 * @throws KernelError ENOMEM
 */
export async function setUpPacketRing(fd: number, { blockBytes, blockCount, retireMs }: PacketRingSize): Promise<void> {
  const version = new CStruct(4).s32(0, TPACKET_V3);
  const versioned = systemCall('setsockopt', fd, SOL_PACKET, PACKET_VERSION, version, 4);
  requireResult(versioned, { syscall: 'setsockopt(PACKET_VERSION)', action: 'set up a ring for frames' });
  const request = new CStruct(LEAST_FIXED_BYTES)
    .u32(0, blockBytes)
    .u32(4, blockCount)
    .u32(8, FRAME_BYTES)
    .u32(12, (blockBytes / FRAME_BYTES) * blockCount)
    .u32(16, retireMs);
  const call = ['setsockopt', fd, SOL_PACKET, PACKET_RX_RING, request, RING_REQUEST_BYTES] as const;
  if (await systemCallInPool(...call)) return;
  requireResult(systemCall(...call), { syscall: 'setsockopt(PACKET_RX_RING)', action: 'set up a ring for frames' });
}

/** Closes packet sockets, of each of which the kernel waits as it does for a ring. */
export async function closeTogether(sockets: readonly FileDescriptor[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.closeInPool()));
}

/** Lets a packet socket not see what is sent, where the kernel can: from Linux 4.20 on. A filter says the same. */
export function ignoreOutgoing(fd: number): void {
  systemCall('setsockopt', fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, new CStruct(4).s32(0, 1), 4);
}

/** A frame in a ring. */
export interface RingFrame {
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Where it begins in the memory of the ring. */
  readonly start: number;
  /** How many bytes of it are there. */
  readonly kept: number;
  readonly length: number;
  /** {@link FRAME_STATUS} */
  readonly status: number;
  /** {@link PACKET_TYPE} */
  readonly packetType: number;
  /** The type and the tag that the kernel took out of it: 0x81000007. */
  readonly vlan: number | undefined;
}

/** Frames of one block. */
export interface RingBlock {
  readonly index: number;
  readonly frames: readonly RingFrame[];
}

/** The memory to which frames of a packet socket come: Documentation/networking/packet_mmap.rst, TPACKET_V3. */
export class PacketRing implements Disposable {
  readonly bytes: Uint8Array;
  readonly #address: number;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #blockBytes: number;
  readonly #held: boolean[];
  #next = 0;
  #isMapped = true;

  /** Maps the ring of a socket. @throws KernelError ENOMEM */
  constructor(fd: number, { blockBytes, blockCount }: PacketRingSize) {
    const length = blockBytes * blockCount;
    const result = systemCall('mmap', null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
    this.#address = requireResult(result, { syscall: 'mmap', action: 'map a ring for frames' });
    const memory = viewMemory(this.#address, length);
    this.bytes = new Uint8Array(memory);
    this.#view = new DataView(memory);
    this.#words = new Int32Array(memory);
    this.#blockBytes = blockBytes;
    this.#held = Array.from({ length: blockCount }, () => false);
  }

  /** Whether every frame that has come was taken: else some wait in a block that is not handed over yet. */
  get isEmpty(): boolean {
    if (this.#held[this.#next] === true) return false;
    return this.#view.getUint32(this.#next * this.#blockBytes + BLOCK.count, true) === 0;
  }

  /** The next block that the kernel has handed over; it stays as it is until it is released. */
  take(): RingBlock | undefined {
    const index = this.#next;
    const at = index * this.#blockBytes;
    const status = Atomics.load(this.#words, (at + BLOCK.status) / 4);
    if (this.#held[index] === true || (status & STATUS_USER) === 0) return undefined;
    this.#held[index] = true;
    this.#next = (index + 1) % this.#held.length;
    const frames: RingFrame[] = [];
    let frame = at + this.#view.getUint32(at + BLOCK.first, true);
    for (let left = this.#view.getUint32(at + BLOCK.count, true); left > 0; left -= 1) {
      frames.push(this.#read(frame));
      frame += this.#view.getUint32(frame + FRAME.next, true);
    }
    return { index, frames };
  }

  /** Gives a block back to the kernel. */
  release(index: number): void {
    const at = index * this.#blockBytes;
    this.#held[index] = false;
    // The kernel sets it only when it begins to fill the block.
    this.#view.setUint32(at + BLOCK.count, 0, true);
    Atomics.store(this.#words, (at + BLOCK.status) / 4, 0);
  }

  #read(at: number): RingFrame {
    const view = this.#view;
    const status = view.getUint32(at + FRAME.status, true);
    return {
      seconds: view.getUint32(at + FRAME.seconds, true),
      nanoseconds: view.getUint32(at + FRAME.nanoseconds, true),
      start: at + view.getUint16(at + FRAME.start, true),
      kept: view.getUint32(at + FRAME.kept, true),
      length: view.getUint32(at + FRAME.length, true),
      status,
      packetType: view.getUint8(at + FRAME.packetType),
      vlan: (status & FRAME_STATUS.hasVlanTag) === 0 ? undefined : this.#readVlan(at, status),
    };
  }

  #readVlan(at: number, status: number): number {
    // Kernels before 3.14 tell no type.
    const type = (status & FRAME_STATUS.hasVlanType) === 0 ? 0x8100 : this.#view.getUint16(at + FRAME.vlanType, true);
    return ((type << 16) | (this.#view.getUint32(at + FRAME.vlanTag, true) & 0xffff)) >>> 0;
  }

  /** Safe to call twice. Nothing of `bytes` may be looked at any more. */
  [Symbol.dispose](): void {
    if (!this.#isMapped) return;
    this.#isMapped = false;
    systemCall('munmap', this.#address, this.bytes.length);
  }
}
