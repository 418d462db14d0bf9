import type { Rule } from './rule.js';

/** Rules of maps and their elements. */
export const MAPS_RULES = {
  'maps.create': {
    area: 'maps',
    when: 'a map is created with sizes, entries or flags that its type does not take',
    answer: 'EINVAL or E2BIG',
    source: 'kernel/bpf/syscall.c, map_create; map_alloc_check of the type',
  },
  'maps.memory': {
    area: 'maps',
    when: 'a map finds no memory',
    answer: 'ENOMEM',
    source: 'kernel/bpf/syscall.c, map_create',
  },
  'maps.capabilities': {
    area: 'maps',
    when: 'a map without CAP_BPF, a devmap without CAP_NET_ADMIN',
    answer: 'EPERM; from 6.5 on after the arguments',
    source: 'kernel/bpf/syscall.c, map_create',
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
  'maps.slots': {
    area: 'maps',
    when: 'devices and CPUs are put into a devmap or cpumap',
    answer: 'EINVAL for a missing device, E2BIG, EEXIST, EOVERFLOW; a device that goes leaves its slots',
    source: 'kernel/bpf/devmap.c, __dev_map_update_elem; kernel/bpf/cpumap.c, cpu_map_update_elem',
  },
  'maps.access': {
    area: 'maps',
    when: 'a map that processes may only read, or only write',
    answer: 'EPERM for the other',
    source: 'kernel/bpf/syscall.c, map_update_elem, map_lookup_elem',
  },
  'maps.pinned-reuse': {
    area: 'maps',
    when: 'a pinned map is used again with another type, key, value, size or flags',
    answer: 'EINVAL',
    source: 'tools/lib/bpf/libbpf.c, bpf_object__reuse_map',
  },
} as const satisfies Readonly<Record<`maps.${string}`, Rule>>;
