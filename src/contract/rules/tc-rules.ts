import type { Rule } from './rule.js';

/** Rules of classic tc. */
export const TC_RULES = {
  'tc.clsact': {
    area: 'tc',
    when: 'clsact is created exclusively where it is; deleted where it is not',
    answer: 'EEXIST; ENOENT',
    source: 'net/sched/sch_api.c, tc_modify_qdisc, tc_get_qdisc',
  },
  'tc.filter-place': {
    area: 'tc',
    when: 'a filter without clsact; without a device',
    answer: 'EINVAL; ENODEV',
    source: 'net/sched/cls_api.c, tc_new_tfilter, __tcf_qdisc_find',
  },
  'tc.filter-order': {
    area: 'tc',
    when: 'filters are added',
    answer: 'by priority, the newest first among equals; exclusively, EEXIST for a place that is taken',
    source: 'net/sched/cls_api.c, tc_new_tfilter; net/sched/cls_bpf.c, cls_bpf_change',
  },
  'tc.filter-delete': {
    area: 'tc',
    when: 'a filter is deleted by its place; there is no such chain or priority',
    answer: 'that one goes; ENOENT',
    source: 'net/sched/cls_api.c, tc_del_tfilter',
  },
  'tc.filter-program': {
    area: 'tc',
    when: 'a program that is no classifier; a filter replaced or deleted',
    answer: 'EINVAL; its program is let go',
    source: 'net/sched/cls_bpf.c, cls_bpf_prog_from_efd, cls_bpf_delete_prog',
  },
  'tc.beside-tcx': {
    area: 'tc',
    when: 'filters and TCX programs on one direction',
    answer: 'each has its own order',
    source: 'net/core/dev.c, sch_handle_ingress',
  },
  'tc.capabilities': {
    area: 'tc',
    when: 'netlink without CAP_NET_ADMIN',
    answer: 'EPERM',
    source: 'net/core/rtnetlink.c, rtnetlink_rcv_msg',
  },
} as const satisfies Readonly<Record<`tc.${string}`, Rule>>;
