import type { Attributes } from './attributes.js';

/** TCA_FQ_CODEL_* of include/uapi/linux/pkt_sched.h. */
const TCA_FQ_CODEL = { TARGET: 1, LIMIT: 2, INTERVAL: 3, ECN: 4, FLOWS: 5, QUANTUM: 6 } as const;

/** A qdisc of kind fq_codel as the kernel lists it. */
export interface FqCodelState {
  readonly limitPackets: number | undefined;
  /** How long a packet may wait. */
  readonly targetUs: number | undefined;
  readonly intervalUs: number | undefined;
  readonly flows: number | undefined;
  readonly quantumBytes: number | undefined;
  readonly ecn: boolean;
}

/** What fq_codel tells of itself. @throws KernelError EBADMSG */
export function decodeFqCodel(options: Attributes): FqCodelState {
  return {
    limitPackets: options.u32(TCA_FQ_CODEL.LIMIT),
    targetUs: options.u32(TCA_FQ_CODEL.TARGET),
    intervalUs: options.u32(TCA_FQ_CODEL.INTERVAL),
    flows: options.u32(TCA_FQ_CODEL.FLOWS),
    quantumBytes: options.u32(TCA_FQ_CODEL.QUANTUM),
    ecn: (options.u32(TCA_FQ_CODEL.ECN) ?? 0) !== 0,
  };
}
