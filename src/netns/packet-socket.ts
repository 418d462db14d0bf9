import { checkOptions, findUnknownOptions } from '../core/check-options.js';
import { quote, UsageError } from '../core/errors.js';
import { CStruct } from '../native/c-struct.js';
import type { FileDescriptor } from '../native/file-descriptor.js';
import { encodePacketAddress, openPacketSocket } from '../native/open-packet-socket.js';
import { requireResult, systemCall } from '../native/system-call.js';
import type { Netns } from './netns.js';
import { compilePacketFilter } from './packet-filter/compile.js';
import { findPacketFilterMistakes, type PacketFilter } from './packet-filter/packet-filter.js';

/** include/uapi/linux/if_packet.h */
const PACKET_OUTGOING = 4;
const ADDRESS_BYTES = 20;
const MAX_FRAME_BYTES = 65_536;
const EAGAIN = -11;

/** Which interface a {@link PacketSocket} is on, and what it sees there. */
export interface PacketSocketOptions {
  readonly netns: Netns;
  readonly ifindex: number;
  /**
   * The EtherType of the frames that it sees, such as 0x0800: what XDP and tc dropped is not among them. Without one it
   * sees all frames, before tc does.
   */
  readonly etherType?: number;
  /** Which of them it sees. @defaultValue all */
  readonly filter?: PacketFilter;
}

/**
 * Whole frames, sent and seen on one interface of a namespace, below every protocol: no addresses are needed.
 *
 * @example
 * ```ts
 * using sender = new PacketSocket({ netns: interfaces.peers, ifindex: 2 });
 * using receiver = new PacketSocket({ netns: interfaces.netns(), ifindex: 2, etherType: 0x88b5 });
 * sender.send(frame);
 * await until(() => receiver.receive().length > 0);
 * ```
 */
export class PacketSocket implements Disposable {
  readonly #fd: FileDescriptor;
  readonly #address: CStruct;

  /** @throws UsageError @throws KernelError EPERM without CAP_NET_RAW, ENODEV, ENETDOWN */
  constructor(options: PacketSocketOptions) {
    checkSocketOptions(options);
    const { netns, ifindex, etherType } = options;
    const filter = options.filter === undefined ? undefined : compilePacketFilter(options.filter);
    this.#fd = netns.run(() => openPacketSocket(ifindex, { etherType, filter }));
    this.#address = encodePacketAddress(ifindex, etherType);
  }

  /**
   * Sends a frame, its Ethernet header included.
   *
   * @throws KernelError ENETDOWN, EMSGSIZE; ENOBUFS when tc dropped it on its way out
   */
  send(frame: Uint8Array): void {
    const sent = systemCall('sendto', this.#fd.number, frame, frame.length, 0, this.#address, ADDRESS_BYTES);
    requireResult(sent, { syscall: 'sendto', action: `send a frame of ${frame.length} bytes` });
  }

  /** The frames that came in since the last time, in their order; those that were sent from here are not among them. */
  receive(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    const buffer = new Uint8Array(MAX_FRAME_BYTES);
    for (;;) {
      const from = new CStruct(ADDRESS_BYTES);
      const length = new CStruct(4).u32(0, ADDRESS_BYTES);
      const result = systemCall('recvfrom', this.#fd.number, buffer, buffer.length, 0, from, length);
      if (result === EAGAIN) return frames;
      const size = requireResult(result, { syscall: 'recvfrom', action: 'receive a frame' });
      if (from.bytes[10] !== PACKET_OUTGOING) frames.push(buffer.slice(0, size));
    }
  }

  /** Safe to call twice. */
  close(): void {
    this.#fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function checkSocketOptions(options: PacketSocketOptions): void {
  checkOptions('PacketSocket', options);
  const { ifindex, etherType, filter } = options;
  const mistakes = [...findUnknownOptions(options, ['netns', 'ifindex', 'etherType', 'filter'])];
  if (!Number.isInteger(ifindex) || ifindex < 1)
    mistakes.push(`ifindex must be a whole number from 1, not ${quote(ifindex)}`);
  if (etherType !== undefined && !(Number.isInteger(etherType) && etherType >= 1 && etherType <= 0xffff))
    mistakes.push(`etherType must be a whole number from 1 to 65535, not ${quote(etherType)}`);
  if (filter !== undefined) mistakes.push(...findPacketFilterMistakes('filter', filter));
  if (mistakes.length > 0) throw new UsageError('PacketSocket', mistakes);
}
