import type { ProgramSpec } from '../../../kernel/objects.js';
import { isProbe } from '../objects/kernel-type.js';
import type { KernelFeatures } from '../profiles.js';

/** BPF_F_STRICT_ALIGNMENT, ANY_ALIGNMENT, TEST_RND_HI32, TEST_STATE_FREQ. */
const TEST_FLAGS = 0b1111;
/** BPF_F_SLEEPABLE */
export const SLEEPABLE = 1 << 4;
const XDP_HAS_FRAGS = 1 << 5;
const XDP_DEV_BOUND_ONLY = 1 << 6;
const TEST_REG_INVARIANTS = 1 << 7;

/** Which bits bpf_prog_load knows. BPF_F_TOKEN_FD is left out: without a token, which no call here has, it is EINVAL. */
export function areLoadFlags(flags: number, features: KernelFeatures): boolean {
  const known =
    TEST_FLAGS |
    SLEEPABLE |
    (features.xdpFragsFlag ? XDP_HAS_FRAGS : 0) |
    (features.xdpDeviceBoundFlag ? XDP_DEV_BOUND_ONLY : 0) |
    (features.registerInvariantsFlag ? TEST_REG_INVARIANTS : 0);
  return (flags & ~known) === 0;
}

/** kernel/bpf/verifier.c, can_be_sleepable */
export function maySleep({ type }: ProgramSpec, features: KernelFeatures): boolean {
  if (type === 'fentry' || type === 'fexit' || type === 'lsm') return true;
  return isProbe(type) && features.sleepableProbes;
}
