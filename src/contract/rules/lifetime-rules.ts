import type { Rule } from './rule.js';

/** Rules of how long objects live. */
export const LIFETIME_RULES = {
  'lifetime.references': {
    area: 'lifetime',
    when: 'handles, pins, links and attachments hold an object',
    answer: 'it lives until the last of them is given up',
    source: 'kernel/bpf/syscall.c, bpf_prog_put, bpf_map_put, bpf_link_put',
  },
  'lifetime.link-holds-program': {
    area: 'lifetime',
    when: 'a link on a device is all that refers to a program',
    answer: 'the program stays, and goes with the link',
    source: 'kernel/bpf/syscall.c, bpf_link_free',
  },
  'lifetime.extension-holds-target': {
    area: 'lifetime',
    when: 'an extension is attached to a program',
    answer: 'its link holds the target program too',
    source: 'kernel/bpf/syscall.c, bpf_tracing_prog_attach',
  },
  'lifetime.last-handle': {
    area: 'lifetime',
    when: 'the last handle of a link is closed',
    answer: 'the link is gone at once, and its hook is free',
    source: 'kernel/bpf/syscall.c, bpf_link_release, bpf_link_put_direct',
  },
  'lifetime.last-pin': {
    area: 'lifetime',
    when: 'the last pin of a link is removed',
    answer: 'the link is freed later, from a work queue',
    source: 'kernel/bpf/syscall.c, bpf_link_put, bpf_link_put_deferred',
  },
  'lifetime.id-before-hook': {
    area: 'lifetime',
    when: 'a link is being freed',
    answer: 'first its id goes, then its hook is released, so attaching again can meet EBUSY; others wait their turn',
    source: 'kernel/bpf/syscall.c, bpf_link_free',
  },
  'lifetime.defunct': {
    area: 'lifetime',
    when: 'BPF_LINK_DETACH',
    answer: 'the link keeps its id, pins and program, with ifindex 0; again, it does nothing',
    source: 'kernel/bpf/syscall.c, link_detach',
  },
  'lifetime.ids-cyclic': {
    area: 'lifetime',
    when: 'objects are made',
    answer: 'ids rise and are not used again',
    source: 'kernel/bpf/syscall.c, bpf_prog_alloc_id (idr_alloc_cyclic)',
  },
  'lifetime.ids-wrap': {
    area: 'lifetime',
    when: 'the highest id, 2147483646, was given out',
    answer: 'the lowest that is free comes next',
    source: 'kernel/bpf/syscall.c, bpf_prog_alloc_id (idr_alloc_cyclic)',
  },
  'lifetime.device-removed': {
    area: 'lifetime',
    when: 'a device is removed',
    answer: 'its links are defunct and stay listed and pinned; attachments without a link give their program up',
    source: 'net/core/dev.c, unregister_netdevice_many_notify; kernel/bpf/tcx.c, tcx_uninstall',
  },
  'lifetime.netns': {
    area: 'lifetime',
    when: 'a device is named by its index',
    answer: "it is looked for in the caller's network namespace",
    source: 'net/core/dev.c, bpf_xdp_link_attach (current->nsproxy->net_ns)',
  },
} as const satisfies Readonly<Record<`lifetime.${string}`, Rule>>;
