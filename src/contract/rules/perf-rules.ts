import type { Rule } from './rule.js';

/** Rules of tracepoints, kprobes and uprobes. */
export const PERF_RULES = {
  'perf.exists': {
    area: 'perf',
    when: 'the same program twice on a tracepoint',
    answer: 'EEXIST',
    source: 'kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog; kernel/bpf/core.c, bpf_prog_array_copy',
  },
  'perf.event-reused': {
    area: 'perf',
    when: 'a perf event that has a program is given another',
    answer: 'EEXIST',
    source: 'kernel/trace/bpf_trace.c, perf_event_attach_bpf_prog',
    notModelled: 'the contract opens an event of its own for each attach',
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
    when: 'a tracepoint or a file that there is not',
    answer: 'ENOENT',
    source: 'kernel/events/core.c; kernel/trace/trace_uprobe.c',
  },
  'perf.program-type': {
    area: 'perf',
    when: 'a program of another type on a perf event',
    answer: 'EINVAL',
    source: 'kernel/events/core.c, perf_event_set_bpf_prog',
  },
  'perf.probes': {
    area: 'perf',
    when: 'a probe on a file is attached',
    answer: 'it is an event of its own, which takes the same program again',
    source: 'kernel/trace/trace_event_perf.c, perf_uprobe_init',
  },
  'perf.kprobes': {
    area: 'perf',
    when: 'a kprobe is attached; with another type; to a function that there is not; a kretprobe with an offset',
    answer: 'it is a link on an event of its own; EINVAL; ENOENT; EINVAL',
    source: 'kernel/trace/trace_event_perf.c, perf_kprobe_init; kernel/kprobes.c, register_kprobe, register_kretprobe',
  },
  'perf.capabilities': {
    area: 'perf',
    when: 'an event without CAP_PERFMON, with perf_event_paranoid at 2',
    answer: 'EACCES',
    source: 'kernel/events/core.c, perf_event_open',
  },
} as const satisfies Readonly<Record<`perf.${string}`, Rule>>;
