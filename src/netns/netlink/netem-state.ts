import { Attributes, viewOf } from './attributes.js';
import { malformed } from './malformed.js';
import { fromTicks } from './ticks.js';

/** struct tc_netem_qopt, which stands before the attributes. */
export const NETEM_QOPT_BYTES = 24;

/** TCA_NETEM_* of include/uapi/linux/pkt_sched.h. */
export const TCA_NETEM = {
  CORR: 1,
  REORDER: 3,
  CORRUPT: 4,
  LOSS: 5,
  RATE: 6,
  RATE64: 8,
  LATENCY64: 10,
  JITTER64: 11,
  PRNG_SEED: 14,
} as const;

/** The Gilbert-Elliott model, inside of TCA_NETEM_LOSS. */
export const NETEM_LOSS_GE = 2;

const U32_MAX = 0xffffffff;

/** Losses that come in bursts: the Gilbert-Elliott model, of a good and a bad state. */
export interface GilbertElliottModel {
  /** The probability, at each packet, that the bad state begins. */
  readonly goodToBadPercent: number;
  /** The probability, at each packet, that it ends. */
  readonly badToGoodPercent: number;
  /** @defaultValue 100 */
  readonly lossInBadPercent?: number;
  /** @defaultValue 0 */
  readonly lossInGoodPercent?: number;
}

/** What a netem does to the packets that leave by it. A correlation is how much each chance depends on the last one. */
export interface NetemSettings {
  /** @defaultValue 0 */
  readonly delayMs?: number;
  /** The delay varies by up to this much, evenly; packets then overtake each other. @defaultValue 0 */
  readonly jitterMs?: number;
  /** @defaultValue 0 */
  readonly delayCorrelationPercent?: number;
  /** How many do not arrive: 10 is one in ten. @defaultValue 0 */
  readonly lossPercent?: number;
  /** @defaultValue 0 */
  readonly lossCorrelationPercent?: number;
  /** Instead of lossPercent. @defaultValue none */
  readonly lossModel?: GilbertElliottModel;
  /** @defaultValue 0 */
  readonly duplicatePercent?: number;
  /** @defaultValue 0 */
  readonly duplicateCorrelationPercent?: number;
  /** One bit is flipped. @defaultValue 0 */
  readonly corruptPercent?: number;
  /** @defaultValue 0 */
  readonly corruptCorrelationPercent?: number;
  /** Packets that do not wait, and so overtake those that do. @defaultValue 0 */
  readonly reorderPercent?: number;
  /** @defaultValue 0 */
  readonly reorderCorrelationPercent?: number;
  /** Only every so manieth packet may overtake. @defaultValue 1 where something is reordered */
  readonly reorderGap?: number;
  /** Bits of frames, without preamble. @defaultValue without a limit */
  readonly rateBitsPerSecond?: number;
  /** Counted beside each frame; negative to leave out its header. @defaultValue 0 */
  readonly packetOverheadBytes?: number;
  /** How many packets may wait. @defaultValue 1000 */
  readonly limitPackets?: number;
  /** Makes its chances repeat (Linux 6.6; without effect before). @defaultValue chosen by the kernel */
  readonly seed?: bigint;
}

/** A netem as the kernel lists it. Percents are rounded to a millionth. */
export interface NetemState {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly delayCorrelationPercent: number;
  readonly lossPercent: number;
  readonly lossCorrelationPercent: number;
  readonly lossModel: Required<GilbertElliottModel> | undefined;
  readonly duplicatePercent: number;
  readonly duplicateCorrelationPercent: number;
  readonly corruptPercent: number;
  readonly corruptCorrelationPercent: number;
  readonly reorderPercent: number;
  readonly reorderCorrelationPercent: number;
  readonly reorderGap: number;
  readonly rateBitsPerSecond: number | undefined;
  readonly packetOverheadBytes: number;
  readonly limitPackets: number;
  readonly seed: bigint | undefined;
}

/** What a netem tells of itself (net/sched/sch_netem.c, netem_dump). @throws KernelError EBADMSG */
export function decodeNetem(options: Uint8Array): NetemState {
  if (options.length < NETEM_QOPT_BYTES) {
    throw malformed('a netem', `It has ${options.length} bytes where ${NETEM_QOPT_BYTES} were expected`);
  }
  const qopt = viewOf(options);
  const attributes = new Attributes(options.subarray(NETEM_QOPT_BYTES));
  const percentOf = (type: number, index: number) => readPercent(attributes.bytes(type), index);
  const loss = attributes.nested(TCA_NETEM.LOSS)?.bytes(NETEM_LOSS_GE);
  return {
    delayMs: toMs(attributes.u64(TCA_NETEM.LATENCY64)) ?? fromTicks(qopt.getUint32(0, true)) / 1000,
    jitterMs: toMs(attributes.u64(TCA_NETEM.JITTER64)) ?? fromTicks(qopt.getUint32(20, true)) / 1000,
    delayCorrelationPercent: percentOf(TCA_NETEM.CORR, 0),
    lossPercent: decodePercent(qopt.getUint32(8, true)),
    lossCorrelationPercent: percentOf(TCA_NETEM.CORR, 1),
    lossModel: loss === undefined ? undefined : decodeModel(loss),
    duplicatePercent: decodePercent(qopt.getUint32(16, true)),
    duplicateCorrelationPercent: percentOf(TCA_NETEM.CORR, 2),
    corruptPercent: percentOf(TCA_NETEM.CORRUPT, 0),
    corruptCorrelationPercent: percentOf(TCA_NETEM.CORRUPT, 1),
    reorderPercent: percentOf(TCA_NETEM.REORDER, 0),
    reorderCorrelationPercent: percentOf(TCA_NETEM.REORDER, 1),
    reorderGap: qopt.getUint32(12, true),
    ...decodeRate(attributes),
    limitPackets: qopt.getUint32(4, true),
    seed: attributes.u64(TCA_NETEM.PRNG_SEED),
  };
}

/** A percentage as a part of 2³². */
export function encodePercent(percent: number): number {
  return Math.round((percent / 100) * U32_MAX);
}

function decodePercent(value: number): number {
  return Number(((value / U32_MAX) * 100).toFixed(6));
}

function readPercent(bytes: Uint8Array | undefined, index: number): number {
  return bytes === undefined || bytes.length < 4 * index + 4
    ? 0
    : decodePercent(viewOf(bytes).getUint32(4 * index, true));
}

function decodeModel(bytes: Uint8Array): Required<GilbertElliottModel> {
  return {
    goodToBadPercent: readPercent(bytes, 0),
    badToGoodPercent: readPercent(bytes, 1),
    // The kernel has the probability that a packet gets through.
    lossInBadPercent: Number((100 - readPercent(bytes, 2)).toFixed(6)),
    lossInGoodPercent: readPercent(bytes, 3),
  };
}

function decodeRate(attributes: Attributes): Pick<NetemState, 'rateBitsPerSecond' | 'packetOverheadBytes'> {
  const bytes = attributes.bytes(TCA_NETEM.RATE);
  if (bytes === undefined || bytes.length < 8) return { rateBitsPerSecond: undefined, packetOverheadBytes: 0 };
  const view = viewOf(bytes);
  const rate = 8 * Number(attributes.u64(TCA_NETEM.RATE64) ?? view.getUint32(0, true));
  // The kernel tells a rate of 0 where none was set.
  return { rateBitsPerSecond: rate === 0 ? undefined : rate, packetOverheadBytes: view.getInt32(4, true) };
}

function toMs(nanoseconds: bigint | undefined): number | undefined {
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}
