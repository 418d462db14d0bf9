import type { Rule } from './rule.js';

/** Rules of TCX. */
export const TCX_RULES = {
  'tcx.missing-device': {
    area: 'tcx',
    when: 'TCX on a missing device',
    answer: 'ENODEV',
    source: 'kernel/bpf/tcx.c, tcx_link_attach',
  },
  'tcx.release': {
    area: 'tcx',
    when: 'TCX before 6.6',
    answer: 'EINVAL, in every call',
    source: 'kernel/bpf/syscall.c, attach_type_to_prog_type, bpf_prog_query',
  },
  'tcx.program-type': {
    area: 'tcx',
    when: 'a program that is no classifier',
    answer: 'EINVAL, before the device is looked for',
    source: 'kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_attach_check_attach_type',
  },
  'tcx.flags': {
    area: 'tcx',
    when: 'unknown flags',
    answer: 'EINVAL, before all else',
    source: 'kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_detach; kernel/bpf/mprog.c, bpf_mprog_attach',
  },
  'tcx.order': {
    area: 'tcx',
    when: 'before, after, or no position',
    answer: 'it runs there; without a position, last',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
  },
  'tcx.revision': {
    area: 'tcx',
    when: 'the hook changes; the wrong revision is expected',
    answer: 'the revision rises from 1; ESTALE, checked first',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
  },
  'tcx.exists': {
    area: 'tcx',
    when: 'a program that is on the hook already',
    answer: 'EEXIST, checked second',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
  },
  'tcx.anchor': {
    area: 'tcx',
    when: 'an anchor that is not on the hook, or a dead id',
    answer: 'ENOENT',
    source: 'kernel/bpf/mprog.c, bpf_mprog_tuple_relative, bpf_mprog_attach',
  },
  'tcx.range': {
    area: 'tcx',
    when: 'before, after and replace disagree; the 64th program',
    answer: 'ERANGE',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach',
  },
  'tcx.bad-relation': {
    area: 'tcx',
    when: 'an anchor without before or after, or of another type; replace on detach',
    answer: 'EINVAL',
    source: 'kernel/bpf/mprog.c, bpf_mprog_prog, bpf_mprog_link; kernel/bpf/syscall.c, bpf_prog_detach',
  },
  'tcx.detach': {
    area: 'tcx',
    when: 'a program is taken off by its name, by a place, or by neither',
    answer: 'that one goes, else the one beside the anchor, the first or the last',
    source: 'kernel/bpf/mprog.c, bpf_mprog_detach',
  },
  'tcx.replace': {
    area: 'tcx',
    when: 'a program is replaced by another',
    answer: 'it runs in its place; ENOENT where the old one is not, EBUSY where a link owns it',
    source: 'kernel/bpf/mprog.c, bpf_mprog_attach, bpf_mprog_pos_exact',
  },
  'tcx.link-slot': {
    area: 'tcx',
    when: 'BPF_PROG_DETACH of a place that a link owns',
    answer: 'EBUSY',
    source: 'kernel/bpf/mprog.c, bpf_mprog_detach',
  },
  'tcx.link': {
    area: 'tcx',
    when: 'a TCX link is updated, detached or closed',
    answer: 'the new program runs in its place; the place is free',
    source: 'kernel/bpf/tcx.c, tcx_link_update, tcx_link_release, tcx_link_detach',
  },
  'tcx.detach-nothing': {
    area: 'tcx',
    when: 'detaching where nothing is; asking there',
    answer: 'ENOENT; no programs',
    source: 'kernel/bpf/tcx.c, tcx_prog_detach; kernel/bpf/mprog.c, bpf_mprog_query',
  },
  'tcx.query-limit': {
    area: 'tcx',
    when: 'a query with room for fewer programs than there are',
    answer: 'ENOSPC',
    source: 'kernel/bpf/mprog.c, bpf_mprog_query',
  },
  'tcx.entry': {
    area: 'tcx',
    when: 'the last program leaves a hook',
    answer: 'it starts again at revision 1, unless a clsact keeps it',
    source: 'kernel/bpf/tcx.c, tcx_entry_free; include/net/tcx.h',
  },
  'tcx.capabilities': {
    area: 'tcx',
    when: 'without CAP_NET_ADMIN',
    answer: 'attaching and detaching a program that one has takes none; a query is EPERM',
    source: 'kernel/bpf/syscall.c, bpf_prog_attach, bpf_prog_query',
  },
} as const satisfies Readonly<Record<`tcx.${string}`, Rule>>;
