/** One rule of Linux: a row of the tables that the fake was made from. */
export interface Rule {
  readonly area: 'lifetime' | 'load' | 'maps' | 'pins' | 'ids' | 'links' | 'xdp' | 'tcx' | 'tracing' | 'perf' | 'tc';
  /** What is done. */
  readonly when: string;
  /** What the kernel answers, or what is so after it. */
  readonly answer: string;
  /** Where it is in the kernel's source. */
  readonly source: string;
  /** Why the contract cannot say it, or the fake does not model it. @defaultValue it is modelled */
  readonly notModelled?: string;
}

/** Every rule that the contract covers; the cases prove them. */
export const RULES = {
  'lifetime.references': {
    area: 'lifetime',
    when: 'handles, pins, links and attachments hold an object',
    answer: 'it lives until the last of them is given up',
    source: 'kernel/bpf/syscall.c, bpf_prog_put, bpf_map_put, bpf_link_put',
  },
  'lifetime.link-holds-program': {
    area: 'lifetime',
    when: 'a link is all that refers to a program',
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
    answer: 'its id goes before its hook is released, so attaching again can meet EBUSY',
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
    answer: 'ids rise and are not used again until they wrap',
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
  'load.capabilities': {
    area: 'load',
    when: 'load without CAP_BPF; a net type without CAP_NET_ADMIN; tracing without CAP_PERFMON',
    answer: 'EPERM',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  'load.instruction-count': {
    area: 'load',
    when: '0 instructions, or over 1,000,000 (4096 unprivileged)',
    answer: 'E2BIG, after the EPERM of the unprivileged, before the type is looked at',
    source: 'kernel/bpf/syscall.c, bpf_prog_load',
  },
  'load.flags': {
    area: 'load',
    when: 'unknown flags or attach type; a bad function to attach to',
    answer: 'EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_prog_load, bpf_prog_load_check_attach',
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
  'load.log-truncated': {
    area: 'load',
    when: "the verifier's log does not fit",
    answer: 'ENOSPC; the tail is kept, or the head with BPF_LOG_FIXED and before 6.4',
    source: 'kernel/bpf/log.c, bpf_vlog_finalize',
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
  'maps.create': {
    area: 'maps',
    when: 'a map is created with sizes, entries or flags that its type does not take',
    answer: 'EINVAL or E2BIG',
    source: 'kernel/bpf/syscall.c, map_create; map_alloc_check of the type',
  },
  'maps.elements': {
    area: 'maps',
    when: 'elements are written, read and deleted',
    answer: 'as the type has it: E2BIG when full, EEXIST, ENOENT, EINVAL',
    source: 'kernel/bpf/hashtab.c, arraymap.c, devmap.c, cpumap.c, ringbuf.c',
  },
  'maps.prog-array': {
    area: 'maps',
    when: 'programs are put into a prog_array',
    answer: 'all must be of one type; it holds them',
    source: 'kernel/bpf/core.c, bpf_prog_map_compatible; kernel/bpf/arraymap.c, prog_fd_array_get_ptr',
  },
  'maps.pinned-reuse': {
    area: 'maps',
    when: 'a pinned map is used again with another type, key, value, size or flags',
    answer: 'EINVAL',
    source: 'tools/lib/bpf/libbpf.c, bpf_object__reuse_map',
  },
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
  'links.bad-handle': {
    area: 'links',
    when: 'a closed handle, or one of another kind',
    answer: 'EBADF; EINVAL',
    source: 'kernel/bpf/syscall.c, bpf_link_get_from_fd, ____bpf_prog_get',
  },
  'links.detach-unsupported': {
    area: 'links',
    when: 'BPF_LINK_DETACH of links on perf events and tracing links',
    answer: 'EOPNOTSUPP',
    source: 'kernel/bpf/syscall.c, link_detach',
  },
  'links.update-unsupported': {
    area: 'links',
    when: 'BPF_LINK_UPDATE where the type has none; an old program without BPF_F_REPLACE',
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
  'pins.outside': {
    area: 'pins',
    when: 'a pin outside of a bpffs, or a name with a dot',
    answer: 'EPERM',
    source: 'kernel/bpf/inode.c, bpf_obj_do_pin, bpf_lookup',
  },
  'pins.exists': {
    area: 'pins',
    when: 'a path that exists; whose parent is missing',
    answer: 'EEXIST; ENOENT',
    source: 'kernel/bpf/inode.c, bpf_obj_do_pin',
  },
  'pins.open': {
    area: 'pins',
    when: 'BPF_OBJ_GET of a path that is missing; of a file that is no pin; ',
    answer: 'ENOENT; EACCES',
    source: 'kernel/bpf/inode.c, bpf_obj_do_get',
  },
  'pins.read': {
    area: 'pins',
    when: 'open(2) on the pin of a program or link',
    answer: 'EIO',
    source: 'kernel/bpf/inode.c, bpffs_obj_open',
  },
  'pins.tree': {
    area: 'pins',
    when: 'directories are made, listed, renamed and removed',
    answer: 'as file systems have it: EEXIST, ENOENT, ENOTEMPTY, ENOTDIR, EISDIR',
    source: 'kernel/bpf/inode.c, bpf_dir_iops',
  },
  'xdp.missing-device': {
    area: 'xdp',
    when: 'an XDP link on a missing device',
    answer: 'EINVAL (by netlink ENODEV)',
    source: 'net/core/dev.c, bpf_xdp_link_attach',
  },
  'xdp.modes': {
    area: 'xdp',
    when: 'flags beyond the mode bits, or two modes',
    answer: 'EINVAL',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.busy': {
    area: 'xdp',
    when: 'any attach over a link; a link over a program attached by netlink',
    answer: 'EBUSY',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.replace': {
    area: 'xdp',
    when: 'a replacement that expects another program',
    answer: 'EEXIST',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.if-no-exist': {
    area: 'xdp',
    when: '"if no exist" on an occupied device',
    answer: 'EBUSY',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.native-and-generic': {
    area: 'xdp',
    when: 'native and generic XDP together',
    answer: 'EEXIST',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.no-native': {
    area: 'xdp',
    when: 'native XDP where the driver has none',
    answer: 'EOPNOTSUPP',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.map-programs': {
    area: 'xdp',
    when: 'a program for a devmap or cpumap attached to a device',
    answer: 'EINVAL',
    source: 'net/core/dev.c, dev_xdp_attach',
  },
  'xdp.update': {
    area: 'xdp',
    when: 'an XDP link is updated',
    answer: 'the new program runs in its place; another type is EINVAL',
    source: 'net/core/dev.c, bpf_xdp_link_update',
  },
  'xdp.netlink': {
    area: 'xdp',
    when: 'XDP is attached, replaced, taken off and asked for by netlink',
    answer: 'the device holds the program, without a link',
    source: 'net/core/rtnetlink.c, do_setlink; net/core/dev.c, dev_change_xdp_fd',
  },
  'tcx.missing-device': {
    area: 'tcx',
    when: 'TCX on a missing device',
    answer: 'ENODEV',
    source: 'kernel/bpf/tcx.c, tcx_link_attach',
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
  'tcx.link-slot': {
    area: 'tcx',
    when: 'BPF_PROG_DETACH of a place that a link owns',
    answer: 'EBUSY',
    source: 'kernel/bpf/mprog.c, bpf_mprog_detach',
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
  'tracing.trampoline-full': {
    area: 'tracing',
    when: 'the 39th program on a function, over all kinds together',
    answer: 'E2BIG',
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
  'tracing.reattach': {
    area: 'tracing',
    when: 'a tracing program is attached again after it was detached',
    answer: 'it attaches; before 5.13 ENOENT',
    source: 'kernel/bpf/syscall.c, bpf_tracing_prog_attach',
  },
  'perf.exists': {
    area: 'perf',
    when: 'the same program twice on a tracepoint',
    answer: 'EEXIST',
    source: 'kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog; kernel/bpf/core.c, bpf_prog_array_copy',
  },
  'perf.full': {
    area: 'perf',
    when: 'the 65th program on one event',
    answer: 'E2BIG',
    source: 'kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog',
  },
  'perf.links': {
    area: 'perf',
    when: 'a program is linked to a perf event',
    answer: 'it is a link from 5.15 on; EINVAL before',
    source: 'kernel/bpf/syscall.c, bpf_perf_link_attach',
  },
  'perf.missing': {
    area: 'perf',
    when: 'a tracepoint, function or file that there is not',
    answer: 'ENOENT',
    source: 'kernel/events/core.c; kernel/trace/trace_kprobe.c, trace_uprobe.c',
  },
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
    answer: 'they run by priority, then as they came; exclusively, EEXIST for a place that is taken',
    source: 'net/sched/cls_api.c, tc_new_tfilter; net/sched/cls_bpf.c',
  },
  'tc.filter-delete': {
    area: 'tc',
    when: 'a filter is deleted by its place; there is no such chain or priority',
    answer: 'that one goes; ENOENT',
    source: 'net/sched/cls_api.c, tc_del_tfilter',
  },
  'tc.capabilities': {
    area: 'tc',
    when: 'netlink without CAP_NET_ADMIN',
    answer: 'EPERM',
    source: 'net/core/rtnetlink.c, rtnetlink_rcv_msg',
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** The name of one of {@link RULES}. */
export type RuleId = keyof typeof RULES;
