import { type Attributes, viewOf } from './attributes.js';

/** TCA_STATS_* of include/uapi/linux/gen_stats.h. */
const TCA_STATS = { BASIC: 1, QUEUE: 3, PKT64: 8 } as const;

/** The counters of a qdisc since it was created. Exact up to 2⁵³. */
export interface QdiscStatistics {
  /** What left it. */
  readonly bytes: number;
  readonly packets: number;
  /** What it threw away, on purpose or for lack of room. */
  readonly drops: number;
  /** How often it had to wait. */
  readonly overlimits: number;
  readonly requeues: number;
  /** How many packets are in it now. */
  readonly queueLength: number;
  /** How many bytes are in it now. */
  readonly backlogBytes: number;
}

/** struct gnet_stats_basic and struct gnet_stats_queue, inside of TCA_STATS2. What is not there is 0. */
export function decodeQdiscStatistics(attributes: Attributes): QdiscStatistics {
  const basic = readerOf(attributes.bytes(TCA_STATS.BASIC));
  const queue = readerOf(attributes.bytes(TCA_STATS.QUEUE));
  const packets = attributes.u64(TCA_STATS.PKT64);
  return {
    bytes: basic.u64(0),
    packets: packets === undefined ? basic.u32(8) : Number(packets),
    queueLength: queue.u32(0),
    backlogBytes: queue.u32(4),
    drops: queue.u32(8),
    requeues: queue.u32(12),
    overlimits: queue.u32(16),
  };
}

function readerOf(bytes: Uint8Array = new Uint8Array()) {
  const view = viewOf(bytes);
  return {
    u32: (at: number) => (at + 4 > bytes.length ? 0 : view.getUint32(at, true)),
    u64: (at: number) => (at + 8 > bytes.length ? 0 : Number(view.getBigUint64(at, true))),
  };
}
