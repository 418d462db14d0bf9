import { quote } from '../core/errors.js';

/** The capabilities that the modelled calls ask for. */
export const CAPABILITIES = ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_SYS_ADMIN'] as const;

/** A capability of Linux that one of the modelled calls asks for. */
export type Capability = (typeof CAPABILITIES)[number];

/**
 * What a caller may do. CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON (include/linux/capability.h, bpf_capable and
 * perfmon_capable) and for CAP_NET_ADMIN within bpf(2) (kernel/bpf/syscall.c, bpf_net_capable), though not in netlink.
 */
export interface Permissions {
  readonly bpf: boolean;
  readonly bpfNet: boolean;
  readonly perfmon: boolean;
  readonly sysAdmin: boolean;
  readonly netAdmin: boolean;
}

/** @defaultValue all of them */
export function toPermissions(capabilities: readonly Capability[] = CAPABILITIES): Permissions {
  const sysAdmin = capabilities.includes('CAP_SYS_ADMIN');
  const netAdmin = capabilities.includes('CAP_NET_ADMIN');
  return {
    bpf: sysAdmin || capabilities.includes('CAP_BPF'),
    bpfNet: sysAdmin || netAdmin,
    perfmon: sysAdmin || capabilities.includes('CAP_PERFMON'),
    sysAdmin,
    netAdmin,
  };
}

/** What is wrong with a list of capabilities. */
export function findCapabilityProblems(capabilities: readonly Capability[] | undefined): readonly string[] {
  if (capabilities === undefined) return [];
  if (!Array.isArray(capabilities)) return [`capabilities must be a list, not ${quote(capabilities)}`];
  return capabilities
    .filter((capability) => !CAPABILITIES.includes(capability))
    .map((capability) => `capability ${quote(capability)} is not modelled; there are ${CAPABILITIES.join(', ')}`);
}
