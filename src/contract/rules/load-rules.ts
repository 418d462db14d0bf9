import type { Rule } from './rule.js';

/** Rules of loading programs. */
export const LOAD_RULES = {
  'load.capabilities': {
    area: 'load',
    when: 'load without CAP_BPF; a net type without CAP_NET_ADMIN; a tracepoint or probe without CAP_PERFMON',
    answer: 'EPERM',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  'load.tracing-capabilities': {
    area: 'load',
    when: 'fentry, fexit or LSM without CAP_PERFMON; an extension without that or CAP_NET_ADMIN',
    answer: 'EPERM',
    source: 'kernel/bpf/syscall.c, is_perfmon_prog_type, is_net_admin_prog_type',
  },
  'load.instruction-count': {
    area: 'load',
    when: '0 instructions, or over 1,000,000 (4096 unprivileged)',
    answer: 'E2BIG, after the EPERM of the unprivileged, before the type is looked at',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  'load.flags': {
    area: 'load',
    when: 'unknown flags; a function to attach to, for a type that takes none',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_prog_load, bpf_prog_load_check_attach',
  },
  'load.target': {
    area: 'load',
    when: 'a type that takes a function to attach to, without one; with one that there is not',
    answer: 'EINVAL; ENOENT',
    source: 'kernel/bpf/verifier.c, check_attach_btf_id; tools/lib/bpf/libbpf.c, find_kernel_btf_id',
  },
  'load.name': {
    area: 'load',
    when: 'a name without NUL in 16 bytes, or a character outside [A-Za-z0-9_.]',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_obj_name_cpy',
  },
  'load.memory': {
    area: 'load',
    when: 'the first allocation of a program fails',
    answer: 'EINVAL from 6.9 on, ENOMEM before',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  'load.memlock': {
    area: 'load',
    when: 'RLIMIT_MEMLOCK is exceeded, before 5.11',
    answer: 'EPERM, with an empty log',
    source: 'kernel/bpf/syscall.c, bpf_prog_charge_memlock',
  },
  'load.verifier': {
    area: 'load',
    when: 'the verifier rejects the program',
    answer: 'EACCES or EINVAL, with a log',
    source: 'kernel/bpf/verifier.c, bpf_check',
  },
  'load.license': {
    area: 'load',
    when: 'an LSM program is under a licence that is not compatible with the GPL',
    answer: 'EINVAL',
    source: 'kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog',
  },
  'load.log-truncated': {
    area: 'load',
    when: "the verifier's log does not fit",
    answer: 'ENOSPC; the tail is kept, or the head with BPF_LOG_FIXED and before 6.4',
    source: 'kernel/bpf/log.c, bpf_vlog_finalize',
  },
  'load.log-options': {
    area: 'load',
    when: 'a buffer for a log of no level, or of an unknown one',
    answer: 'EINVAL',
    source: 'kernel/bpf/log.c, bpf_verifier_log_attr_valid',
  },
  'load.tag': {
    area: 'load',
    when: 'a program is loaded',
    answer: 'its tag is cut from a hash of its instructions',
    source: 'kernel/bpf/core.c, bpf_prog_calc_tag',
  },
  'load.all-or-nothing': {
    area: 'load',
    when: 'a pin of a load fails',
    answer: 'nothing stays loaded, created or pinned',
    source: 'the contract: load with pinPath, as loaders do it',
  },
} as const satisfies Readonly<Record<`load.${string}`, Rule>>;
