import type { Rule } from './rule.js';

/** Rules of links of every kind. */
export const LINKS_RULES = {
  'links.bad-handle': {
    area: 'links',
    when: 'a closed handle, or one of another kind',
    answer: 'EBADF; EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_link_get_from_fd, ____bpf_prog_get',
  },
  'links.detach-unsupported': {
    area: 'links',
    when: 'BPF_LINK_DETACH of links on perf events',
    answer: 'EOPNOTSUPP',
    source: 'kernel/bpf/syscall.c, link_detach',
  },
  'links.detach-tracing': {
    area: 'links',
    when: 'BPF_LINK_DETACH of links of fentry, fexit, LSM and extensions',
    answer: 'EOPNOTSUPP',
    source: 'kernel/bpf/syscall.c, link_detach',
  },
  'links.update-unsupported': {
    area: 'links',
    when: 'BPF_LINK_UPDATE of links on perf events; an old program without BPF_F_REPLACE',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, link_update',
  },
  'links.update-tracing': {
    area: 'links',
    when: 'BPF_LINK_UPDATE of links of fentry, fexit, LSM and extensions',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, link_update',
  },
  'links.update-wrong-old': {
    area: 'links',
    when: 'BPF_LINK_UPDATE with the wrong old program; of a defunct link',
    answer: 'EPERM; ENOLINK',
    source: 'net/core/dev.c, bpf_xdp_link_update; kernel/bpf/tcx.c, tcx_link_update',
  },
  'links.flags': {
    area: 'links',
    when: 'unknown flags on creating or updating a link',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, link_create, link_update, bpf_perf_link_attach',
  },
} as const satisfies Readonly<Record<`links.${string}`, Rule>>;
