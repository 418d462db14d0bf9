import type { Rule } from './rule.js';

/** Rules of ids. */
export const IDS_RULES = {
  'ids.capabilities': {
    area: 'ids',
    when: 'the next id, or an object by id, without CAP_SYS_ADMIN',
    answer: 'EPERM',
    source: 'kernel/bpf/syscall.c, bpf_obj_get_next_id, bpf_prog_get_fd_by_id',
  },
  'ids.start': {
    area: 'ids',
    when: 'the next id from INT_MAX or higher',
    answer: 'EINVAL, before capabilities are looked at',
    source: 'kernel/bpf/syscall.c, bpf_obj_get_next_id',
  },
  'ids.order': {
    area: 'ids',
    when: 'ids are listed',
    answer: 'ascending, ENOENT at the end',
    source: 'kernel/bpf/syscall.c, bpf_obj_get_next_id',
  },
  'ids.missing': {
    area: 'ids',
    when: 'an object is opened by an id that there is not, or by 0',
    answer: 'ENOENT',
    source: 'kernel/bpf/syscall.c, bpf_prog_get_fd_by_id, bpf_link_by_id',
  },
  'ids.link-being-made': {
    area: 'ids',
    when: 'a link is opened by id while another processor is still making it',
    answer: 'EAGAIN',
    source: 'kernel/bpf/syscall.c, bpf_link_by_id',
    notModelled: 'a race of two processors inside one system call; a fault on kernel.get answers EAGAIN instead',
  },
} as const satisfies Readonly<Record<`ids.${string}`, Rule>>;
