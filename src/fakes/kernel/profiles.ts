import { quote, UsageError } from '../../core/errors.js';
import { isReleaseBefore } from '../../kernel/release.js';

/** The kernels that a {@link FakeKernel} can be, by their release. */
export const KERNEL_PROFILES = ['5.10', '6.1', '6.12', '6.18', '7.2'] as const;

/** One of {@link KERNEL_PROFILES}. */
export type KernelProfileName = (typeof KERNEL_PROFILES)[number];

/** A rule of Linux that came, or went, with a release. */
export interface KernelRule {
  /** What is so where the rule holds. */
  readonly summary: string;
  /** The first release that has it. @defaultValue every one of the profiles */
  readonly since?: string;
  /** Profiles before `since` that have it all the same, from a stable update: `6.1` is 6.1.192. @defaultValue [] */
  readonly backports?: readonly KernelProfileName[];
  /** The first release that has it no more. @defaultValue none */
  readonly until?: string;
  /** Where it is in the kernel's source. */
  readonly source: string;
}

/** The rules in which the profiles differ. */
export const KERNEL_RULES = {
  memlockAccounting: {
    summary: 'programs and maps count against RLIMIT_MEMLOCK; over it, EPERM',
    until: '5.11',
    source: 'kernel/bpf/syscall.c, bpf_prog_charge_memlock and bpf_map_charge_init',
  },
  shortTrampolines: {
    summary: 'a trampoline takes 38 programs, 40 before',
    since: '5.12',
    source: 'include/linux/bpf.h, BPF_MAX_TRAMP_PROGS, later BPF_MAX_TRAMP_LINKS',
  },
  shorterTrampolines: {
    summary: 'a trampoline takes 36 programs, 38 before (7.2 was tried, nothing between 6.12 and it)',
    since: '7.2',
    source: 'kernel/bpf/trampoline.c, __bpf_trampoline_link_prog',
  },
  tracingReattach: {
    summary: 'a tracing or LSM program attaches again after it was detached; ENOENT before',
    since: '5.13',
    source: 'kernel/bpf/syscall.c, bpf_tracing_prog_attach',
  },
  perfLinks: {
    summary: 'BPF_LINK_CREATE works on perf events (tracepoints, kprobes, uprobes); EINVAL before',
    since: '5.15',
    source: 'kernel/bpf/syscall.c, bpf_perf_link_attach',
  },
  xdpFragsFlag: {
    summary: 'a program is loaded with BPF_F_XDP_HAS_FRAGS; EINVAL before',
    since: '5.18',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  capabilityToCreateOnly: {
    summary: 'without CAP_BPF only creating maps and programs is EPERM; before, every command of bpf(2)',
    since: '5.19',
    source: 'kernel/bpf/syscall.c, __sys_bpf',
  },
  sleepableProbes: {
    summary: 'BPF_F_SLEEPABLE is for probes too; EINVAL before',
    since: '6.0',
    source: 'kernel/bpf/verifier.c, check_attach_btf_id',
  },
  xdpDeviceBoundFlag: {
    summary: 'a program is loaded with BPF_F_XDP_DEV_BOUND_ONLY; EINVAL before',
    since: '6.3',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  rollingVerifierLog: {
    summary:
      "a verifier's log that does not fit keeps its tail, or its head with BPF_LOG_FIXED; before always the head, in 128 bytes at least",
    since: '6.4',
    source: 'kernel/bpf/log.c, bpf_verifier_vlog and bpf_verifier_log_attr_valid',
  },
  mapArgumentsFirst: {
    summary: "a map's arguments, and a program's flags, are checked before the caller's capabilities",
    since: '6.5',
    source: 'kernel/bpf/syscall.c, map_create',
  },
  tcx: {
    summary: 'TCX links and programs; EINVAL before',
    since: '6.6',
    source: 'kernel/bpf/tcx.c',
  },
  registerInvariantsFlag: {
    summary: 'a program is loaded with BPF_F_TEST_REG_INVARIANTS; EINVAL before',
    since: '6.8',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  loadOutOfMemoryIsInvalid: {
    summary: 'the first failed allocation of a load is EINVAL; ENOMEM before',
    since: '6.9',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  extensionOrTailCall: {
    summary:
      'a program with an extension in it cannot go into a prog_array, nor one in a prog_array be extended: EBUSY',
    since: '6.13',
    backports: ['6.1', '6.12'],
    source: 'kernel/bpf/arraymap.c, prog_fd_array_get_ptr; kernel/bpf/trampoline.c, bpf_freplace_check_tgt_prog',
  },
  extensionsStayOut: {
    summary: 'an extension cannot go into a prog_array: EINVAL; before it could',
    since: '6.1',
    source: 'kernel/bpf/core.c, bpf_prog_map_compatible',
  },
  nativeSupportFirst: {
    summary:
      'native XDP where the driver has none is EOPNOTSUPP, whatever the program and whatever runs in generic mode; before, a program for a map is EINVAL and another mode EEXIST (6.18 was tried until 6.18.44, nothing between it and 7.2)',
    since: '7.2',
    backports: ['6.1', '6.12'],
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  uprobesForAdmins: {
    summary: 'an event on a uprobe takes CAP_SYS_ADMIN; CAP_PERFMON before (6.18 was tried, nothing before it)',
    since: '6.16',
    source: 'kernel/events/core.c, perf_uprobe_event_init',
  },
  arraysOfOneAttachType: {
    summary:
      'the programs of a prog_array are for one kind of attachment too, XDP ones all for a devmap or none; before of one type (6.18 was tried, nothing before it)',
    since: '6.18',
    source: 'kernel/bpf/core.c, __bpf_prog_map_compatible',
  },
  sha256Tags: {
    summary: "a program's tag is cut from SHA-256 of its instructions; from SHA-1 before",
    since: '6.18',
    source: 'kernel/bpf/core.c, bpf_prog_calc_tag',
  },
} as const satisfies Readonly<Record<string, KernelRule>>;

/** The name of one of {@link KERNEL_RULES}. */
export type KernelRuleName = keyof typeof KERNEL_RULES;

/** Which rules hold in a kernel. */
export type KernelFeatures = Readonly<Record<KernelRuleName, boolean>>;

/** Which of {@link KERNEL_RULES} hold in a profile. @throws UsageError for a profile that there is not. */
export function selectFeatures(profile: KernelProfileName): KernelFeatures {
  if (!KERNEL_PROFILES.includes(profile)) {
    throw new UsageError('FakeKernel', `profile ${quote(profile)} is unknown; there are ${KERNEL_PROFILES.join(', ')}`);
  }
  const rules: Readonly<Record<KernelRuleName, KernelRule>> = KERNEL_RULES;
  const holds = (name: KernelRuleName): boolean => {
    const { since, backports = [], until } = rules[name];
    const hasCome = since === undefined || !isReleaseBefore(profile, since) || backports.includes(profile);
    return hasCome && (until === undefined || isReleaseBefore(profile, until));
  };
  return {
    memlockAccounting: holds('memlockAccounting'),
    shortTrampolines: holds('shortTrampolines'),
    shorterTrampolines: holds('shorterTrampolines'),
    tracingReattach: holds('tracingReattach'),
    perfLinks: holds('perfLinks'),
    xdpFragsFlag: holds('xdpFragsFlag'),
    capabilityToCreateOnly: holds('capabilityToCreateOnly'),
    sleepableProbes: holds('sleepableProbes'),
    xdpDeviceBoundFlag: holds('xdpDeviceBoundFlag'),
    rollingVerifierLog: holds('rollingVerifierLog'),
    mapArgumentsFirst: holds('mapArgumentsFirst'),
    tcx: holds('tcx'),
    registerInvariantsFlag: holds('registerInvariantsFlag'),
    loadOutOfMemoryIsInvalid: holds('loadOutOfMemoryIsInvalid'),
    extensionOrTailCall: holds('extensionOrTailCall'),
    extensionsStayOut: holds('extensionsStayOut'),
    nativeSupportFirst: holds('nativeSupportFirst'),
    uprobesForAdmins: holds('uprobesForAdmins'),
    arraysOfOneAttachType: holds('arraysOfOneAttachType'),
    sha256Tags: holds('sha256Tags'),
  };
}
