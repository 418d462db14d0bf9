import { type Attributes, viewOf } from './attributes.js';
import { findOptionalRangeProblems, findRangeProblems, type Range, U32_RANGE } from './checks.js';
import { malformed } from './malformed.js';
import type { NetlinkRequest } from './message.js';
import { type CreateQdiscOptions, createQdiscRequest } from './qdisc-place.js';
import { fromTicks } from './ticks.js';

/** TCA_TBF_* of include/uapi/linux/pkt_sched.h. */
const TCA_TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;
/** struct tc_tbf_qopt: two struct tc_ratespec of 12 bytes, limit, buffer, mtu. */
const QOPT_BYTES = 36;
/** TC_LINKLAYER_ETHERNET: the kernel then asks for no table of rates. */
const LINKLAYER_ETHERNET = 1;
const U32_MAX = 0xffffffff;
const RATE_RANGE: Range = [8, 1e13];

export interface CreateTbfOptions extends CreateQdiscOptions {
  /** Bits of frames, without preamble. */
  readonly rateBitsPerSecond: number;
  /** How much may go at once. A frame that is larger is dropped, so at least the MTU and 14. */
  readonly burstBytes: number;
  /** How much may wait. @defaultValue what is sent in 50 ms, and a burst */
  readonly limitBytes?: number;
}

/** A token bucket filter as the kernel lists it. */
export interface TbfState {
  readonly rateBitsPerSecond: number;
  /** To within a few bytes: the kernel keeps it as a time. */
  readonly burstBytes: number;
  readonly limitBytes: number;
}

/** Creates a token bucket filter, which holds packets back to a rate (net/sched/sch_tbf.c, tbf_change). @throws UsageError */
export function encodeCreateTbf(options: CreateTbfOptions): NetlinkRequest {
  const { rateBitsPerSecond, burstBytes, limitBytes } = options;
  return createQdiscRequest(options, {
    caller: 'encodeCreateTbf',
    kind: 'tbf',
    problems: [
      ...findRangeProblems('rateBitsPerSecond', rateBitsPerSecond, RATE_RANGE),
      ...findRangeProblems('burstBytes', burstBytes, U32_RANGE),
      ...findOptionalRangeProblems('limitBytes', limitBytes, U32_RANGE),
    ],
    writeOptions: (writer) => {
      const bytesPerSecond = Math.round(rateBitsPerSecond / 8);
      writer.bytes(TCA_TBF.PARMS, encodeQopt(bytesPerSecond, limitBytes ?? chooseLimit(bytesPerSecond, burstBytes)));
      writer.u32(TCA_TBF.BURST, burstBytes);
      if (bytesPerSecond > U32_MAX) writer.u64(TCA_TBF.RATE64, BigInt(bytesPerSecond));
    },
  });
}

/** What a token bucket filter tells of itself (tbf_dump). @throws KernelError EBADMSG */
export function decodeTbf(options: Attributes): TbfState {
  const bytes = options.bytes(TCA_TBF.PARMS);
  if (bytes === undefined || bytes.length < QOPT_BYTES) {
    throw malformed('a tbf', `Its parameters have ${bytes?.length ?? 0} bytes where ${QOPT_BYTES} were expected`);
  }
  const view = viewOf(bytes);
  const bytesPerSecond = Number(options.u64(TCA_TBF.RATE64) ?? view.getUint32(8, true));
  return {
    rateBitsPerSecond: 8 * bytesPerSecond,
    burstBytes: Math.round((fromTicks(view.getUint32(28, true)) * bytesPerSecond) / 1e6),
    limitBytes: view.getUint32(24, true),
  };
}

function encodeQopt(bytesPerSecond: number, limitBytes: number): Uint8Array {
  const bytes = new Uint8Array(QOPT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, LINKLAYER_ETHERNET);
  view.setUint32(8, Math.min(bytesPerSecond, U32_MAX), true);
  view.setUint32(24, limitBytes, true);
  return bytes;
}

function chooseLimit(bytesPerSecond: number, burstBytes: number): number {
  return Math.min(U32_MAX, Math.round(bytesPerSecond / 20) + burstBytes);
}
