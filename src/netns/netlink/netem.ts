import { quote } from '../../core/errors.js';
import type { AttributeWriter } from './attribute-writer.js';
import { findOptionalRangeProblems, findRangeProblems, type Range } from './checks.js';
import type { NetlinkRequest } from './message.js';
import type { NetemSettings } from './netem-state.js';
import { encodePercent, NETEM_LOSS_GE, NETEM_QOPT_BYTES, TCA_NETEM } from './netem-state.js';
import { type CreateQdiscOptions, createQdiscRequest } from './qdisc-place.js';
import { toTicks } from './ticks.js';

const U32_MAX = 0xffffffff;
const U64_MAX = 0xffffffffffffffffn;
const PERCENT_NAMES = [
  'delayCorrelationPercent',
  'lossPercent',
  'lossCorrelationPercent',
  'duplicatePercent',
  'duplicateCorrelationPercent',
  'corruptPercent',
  'corruptCorrelationPercent',
  'reorderPercent',
  'reorderCorrelationPercent',
] as const;
const MODEL_NAMES = ['goodToBadPercent', 'badToGoodPercent', 'lossInBadPercent', 'lossInGoodPercent'] as const;
/** Six hours, beyond which nothing is worth waiting for. */
const MAX_DELAY_MS = 21_600_000;
const GAP_RANGE: Range = [1, U32_MAX];
/** Four times as much as any link has: 8 · 2⁵³ bits would no longer be exact. */
const RATE_RANGE: Range = [8, 1e13];

export interface CreateNetemOptions extends CreateQdiscOptions, NetemSettings {}

/**
 * Creates a netem, or sets an existing one to exactly this: what is not named is off, whatever it was before
 * (net/sched/sch_netem.c, netem_change). ENOENT "Specified qdisc kind is unknown" without netem.
 *
 * On the sending host its losses are told to the socket as ENOBUFS; put it on the other side, or on an ifb.
 *
 * @throws UsageError
 */
export function encodeCreateNetem(options: CreateNetemOptions): NetlinkRequest {
  return createQdiscRequest(options, {
    caller: 'encodeCreateNetem',
    kind: 'netem',
    problems: findNetemProblems(options),
    writeOptions: (writer) => writeNetem(writer, options),
  });
}

function writeNetem(writer: AttributeWriter, netem: NetemSettings): void {
  const { delayMs = 0, jitterMs = 0, reorderPercent = 0, rateBitsPerSecond, lossModel, seed } = netem;
  writer.append(encodeQopt(netem));
  writer.bytes(
    TCA_NETEM.CORR,
    encodePercents(netem.delayCorrelationPercent, netem.lossCorrelationPercent, netem.duplicateCorrelationPercent),
  );
  writer.bytes(TCA_NETEM.REORDER, encodePercents(reorderPercent, netem.reorderCorrelationPercent));
  writer.bytes(TCA_NETEM.CORRUPT, encodePercents(netem.corruptPercent, netem.corruptCorrelationPercent));
  // In nanoseconds, where the header's ticks end at 274 seconds.
  writer.u64(TCA_NETEM.LATENCY64, toNanoseconds(delayMs));
  writer.u64(TCA_NETEM.JITTER64, toNanoseconds(jitterMs));
  if (rateBitsPerSecond !== undefined) writeRate(writer, rateBitsPerSecond, netem.packetOverheadBytes ?? 0);
  if (lossModel !== undefined) {
    const { goodToBadPercent, badToGoodPercent, lossInBadPercent = 100, lossInGoodPercent = 0 } = lossModel;
    const model = encodePercents(goodToBadPercent, badToGoodPercent, 100 - lossInBadPercent, lossInGoodPercent);
    writer.nested(TCA_NETEM.LOSS, (loss) => loss.bytes(NETEM_LOSS_GE, model));
  }
  if (seed !== undefined) writer.u64(TCA_NETEM.PRNG_SEED, seed);
}

/** struct tc_netem_qopt: latency and limit, loss, gap, duplicate, jitter. */
function encodeQopt(netem: NetemSettings): Uint8Array {
  const bytes = new Uint8Array(NETEM_QOPT_BYTES);
  const view = new DataView(bytes.buffer);
  // Without a gap the kernel never reorders.
  const gap = netem.reorderGap ?? (netem.reorderPercent === undefined || netem.reorderPercent === 0 ? 0 : 1);
  view.setUint32(0, Math.min(toTicks(1000 * (netem.delayMs ?? 0)), U32_MAX), true);
  view.setUint32(4, netem.limitPackets ?? 1000, true);
  view.setUint32(8, encodePercent(netem.lossPercent ?? 0), true);
  view.setUint32(12, gap, true);
  view.setUint32(16, encodePercent(netem.duplicatePercent ?? 0), true);
  view.setUint32(20, Math.min(toTicks(1000 * (netem.jitterMs ?? 0)), U32_MAX), true);
  return bytes;
}

/** struct tc_netem_rate, and the rate in 64 bits where 32 do not do. */
function writeRate(writer: AttributeWriter, bitsPerSecond: number, overheadBytes: number): void {
  const bytesPerSecond = Math.round(bitsPerSecond / 8);
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.min(bytesPerSecond, U32_MAX), true);
  view.setInt32(4, overheadBytes, true);
  writer.bytes(TCA_NETEM.RATE, bytes);
  if (bytesPerSecond > U32_MAX) writer.u64(TCA_NETEM.RATE64, BigInt(bytesPerSecond));
}

function encodePercents(...percents: readonly (number | undefined)[]): Uint8Array {
  const bytes = new Uint8Array(4 * percents.length);
  const view = new DataView(bytes.buffer);
  for (const [index, percent] of percents.entries()) view.setUint32(4 * index, encodePercent(percent ?? 0), true);
  return bytes;
}

function toNanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}

/** What is wrong with the settings of a netem. */
export function findNetemProblems(netem: NetemSettings): readonly string[] {
  const { delayMs, jitterMs, lossPercent, lossModel, reorderPercent, seed } = netem;
  const isSeed = seed === undefined || (typeof seed === 'bigint' && seed >= 0n && seed <= U64_MAX);
  return [
    ...findDelayProblems('delayMs', delayMs),
    ...findDelayProblems('jitterMs', jitterMs),
    ...PERCENT_NAMES.flatMap((name) => findPercentProblems(name, netem[name])),
    ...(lossModel === undefined
      ? []
      : MODEL_NAMES.flatMap((name) => findPercentProblems(`lossModel.${name}`, lossModel[name]))),
    ...(lossModel !== undefined && lossPercent !== undefined ? ['lossModel stands instead of lossPercent'] : []),
    ...findOptionalRangeProblems('reorderGap', netem.reorderGap, GAP_RANGE),
    ...(reorderPercent !== undefined && reorderPercent > 0 && !delayMs
      ? ['reorderPercent takes a delayMs beside it: packets overtake those that wait']
      : []),
    ...(netem.rateBitsPerSecond === undefined
      ? []
      : findRangeProblems('rateBitsPerSecond', netem.rateBitsPerSecond, RATE_RANGE)),
    ...findOptionalRangeProblems('packetOverheadBytes', netem.packetOverheadBytes, [-1500, 65_535]),
    ...findOptionalRangeProblems('limitPackets', netem.limitPackets, [1, U32_MAX]),
    ...(isSeed ? [] : [`seed must be a bigint from 0 to ${U64_MAX}; received ${quote(seed)}`]),
  ];
}

function findDelayProblems(name: string, value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= MAX_DELAY_MS)) return [];
  return [`${name} must be from 0 to ${MAX_DELAY_MS}; received ${quote(value)}`];
}

function findPercentProblems(name: string, value: unknown): readonly string[] {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= 100)) return [];
  return [`${name} must be from 0 to 100; received ${quote(value)}`];
}
