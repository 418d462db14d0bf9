import type { MapType } from '../../objects.js';

/** BPF_MAP_TYPE_… of include/uapi/linux/bpf.h, those that the contract has. */
const TYPES: ReadonlyMap<number, MapType> = new Map([
  [1, 'hash'],
  [2, 'array'],
  [3, 'prog_array'],
  [5, 'percpu_hash'],
  [6, 'percpu_array'],
  [9, 'lru_hash'],
  [14, 'devmap'],
  [16, 'cpumap'],
  [27, 'ringbuf'],
]);

export const ARRAY_MAP = 2;
export const PROGRAM_ARRAY_MAP = 3;

/** Types that refuse BTF for their keys and values: their `map_check_btf` is map_check_no_btf, or there is none. */
const WITHOUT_BTF: ReadonlySet<number> = new Set([
  3, // prog_array
  4, // perf_event_array
  7, // stack_trace
  8, // cgroup_array
  12, // array_of_maps
  13, // hash_of_maps
  14, // devmap
  15, // sockmap
  16, // cpumap
  17, // xskmap
  18, // sockhash
  21, // reuseport_sockarray
  25, // devmap_hash
  26, // struct_ops
  27, // ringbuf
  30, // bloom_filter
  31, // user_ringbuf
]);

/** The contract's name of a type of the kernel. */
export function nameMapType(kernelType: number): MapType | undefined {
  return TYPES.get(kernelType);
}

/** Whether a map of this type may be created with the types of its key and value. */
export function takesBtf(kernelType: number): boolean {
  return !WITHOUT_BTF.has(kernelType);
}
