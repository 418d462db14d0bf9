import type { Rule } from './rule.js';

/** Rules of fentry, fexit, LSM and extensions. */
export const TRACING_RULES = {
  'tracing.attach': {
    area: 'tracing',
    when: 'a program is attached to its function',
    answer: 'it is a link, which holds the program',
    source: 'kernel/bpf/syscall.c, bpf_tracing_prog_attach',
  },
  'tracing.trampoline-full': {
    area: 'tracing',
    when: 'the 39th program on a function, over all kinds together',
    answer: 'E2BIG; the 41st before 5.12, the 37th on 7.2',
    source: 'kernel/bpf/trampoline.c, __bpf_trampoline_link_prog',
  },
  'tracing.busy': {
    area: 'tracing',
    when: 'the same program twice; an extension where there is one, or over fentry and fexit; a slot that is replaced',
    answer: 'EBUSY',
    source: 'kernel/bpf/trampoline.c, __bpf_trampoline_link_prog',
  },
  'tracing.target': {
    area: 'tracing',
    when: 'half a target; a target on what is no extension; an extension attached again without one',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_tracing_prog_attach',
  },
  'tracing.extension-function': {
    area: 'tracing',
    when: 'an extension of a static function, or of one that there is not',
    answer: 'EINVAL, with a log',
    source: 'kernel/bpf/verifier.c, bpf_check_attach_target',
  },
  'tracing.extension-unjitted': {
    area: 'tracing',
    when: 'an extension of a program that is not compiled',
    answer: 'EINVAL, with a log',
    source: 'kernel/bpf/verifier.c, bpf_check_attach_target',
    notModelled: 'it takes a kernel whose compiler of programs is off',
  },
  'tracing.flags': {
    area: 'tracing',
    when: 'a link on a function of the kernel is made with flags',
    answer: 'they are not looked at',
    source: 'kernel/bpf/syscall.c, link_create, bpf_tracing_prog_attach',
  },
  'tracing.tail-calls': {
    area: 'tracing',
    when: 'a program is in a prog_array and extended; an extension is put into a prog_array',
    answer: 'EBUSY from 6.13 on, and in the stable updates of 6.1 and 6.12; EINVAL from 6.1 on',
    source: 'kernel/bpf/arraymap.c, prog_fd_array_get_ptr; kernel/bpf/trampoline.c, bpf_freplace_check_tgt_prog',
  },
  'tracing.type': {
    area: 'tracing',
    when: 'a program is attached as another type than its own',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, link_create, bpf_tracing_prog_attach',
  },
  'tracing.reattach': {
    area: 'tracing',
    when: 'a tracing program is attached again after it was detached',
    answer: 'it attaches; before 5.13 ENOENT',
    source: 'kernel/bpf/syscall.c, bpf_tracing_prog_attach',
  },
} as const satisfies Readonly<Record<`tracing.${string}`, Rule>>;
