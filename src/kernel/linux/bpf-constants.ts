import type { Direction, MapType, ProgramType, XdpMode } from '../objects.js';

/** Commands of bpf(2) in use: include/uapi/linux/bpf.h, enum bpf_cmd. */
export const BPF = {
  MAP_CREATE: 0,
  MAP_LOOKUP_ELEM: 1,
  MAP_UPDATE_ELEM: 2,
  MAP_DELETE_ELEM: 3,
  MAP_GET_NEXT_KEY: 4,
  PROG_LOAD: 5,
  OBJ_PIN: 6,
  OBJ_GET: 7,
  PROG_ATTACH: 8,
  PROG_DETACH: 9,
  PROG_GET_NEXT_ID: 11,
  MAP_GET_NEXT_ID: 12,
  PROG_GET_FD_BY_ID: 13,
  MAP_GET_FD_BY_ID: 14,
  OBJ_GET_INFO_BY_FD: 15,
  PROG_QUERY: 16,
  RAW_TRACEPOINT_OPEN: 17,
  BTF_LOAD: 18,
  BTF_GET_FD_BY_ID: 19,
  MAP_FREEZE: 22,
  LINK_CREATE: 28,
  LINK_UPDATE: 29,
  LINK_GET_FD_BY_ID: 30,
  LINK_GET_NEXT_ID: 31,
  LINK_DETACH: 34,
  PROG_BIND_MAP: 35,
} as const;

/** The name of a command, without its prefix. */
export type BpfCommand = keyof typeof BPF;

/** enum bpf_prog_type, for the contract's types. */
export const KERNEL_PROGRAM_TYPES: Readonly<Record<ProgramType, number>> = {
  kprobe: 2,
  kretprobe: 2,
  uprobe: 2,
  uretprobe: 2,
  tc: 3,
  tcx: 3,
  tracepoint: 5,
  xdp: 6,
  fentry: 26,
  fexit: 26,
  extension: 28,
  lsm: 29,
};

/** enum bpf_map_type */
export const KERNEL_MAP_TYPES: Readonly<Record<MapType, number>> = {
  hash: 1,
  array: 2,
  prog_array: 3,
  percpu_hash: 5,
  percpu_array: 6,
  lru_hash: 9,
  devmap: 14,
  cpumap: 16,
  ringbuf: 27,
};

/** enum bpf_attach_type, as far as it is in use. */
export const ATTACH_TYPE = {
  CGROUP_INET_INGRESS: 0,
  TRACE_FENTRY: 24,
  TRACE_FEXIT: 25,
  LSM_MAC: 27,
  XDP_DEVMAP: 33,
  XDP_CPUMAP: 35,
  XDP: 37,
  PERF_EVENT: 41,
  TCX_INGRESS: 46,
  TCX_EGRESS: 47,
} as const;

/** The attach type of a direction of TCX. */
export const TCX_ATTACH_TYPES: Readonly<Record<Direction, number>> = {
  ingress: ATTACH_TYPE.TCX_INGRESS,
  egress: ATTACH_TYPE.TCX_EGRESS,
};

/** enum bpf_link_type, as far as it is in use. */
export const LINK_TYPE = { TRACING: 2, XDP: 6, PERF_EVENT: 7, TCX: 11 } as const;

/** Flags of attaching: BPF_F_… of include/uapi/linux/bpf.h. */
export const ATTACH_FLAG = { REPLACE: 1 << 2, BEFORE: 1 << 3, AFTER: 1 << 4, ID: 1 << 5, LINK: 1 << 13 } as const;

/** XDP_FLAGS_…_MODE: include/uapi/linux/if_link.h. */
export const XDP_MODE_FLAGS: Readonly<Record<XdpMode, number>> = { generic: 2, native: 4, offload: 8 };

/** BPF_OBJ_NAME_LEN */
export const NAME_BYTES = 16;

/** No descriptor has this number: what was closed, or is of another process, is EBADF to the kernel by itself. */
export const CLOSED_FD = 0x7fffffff;
