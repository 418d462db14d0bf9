import type { ErrnoName } from '../../../core/errno.js';
import { quote } from '../../../core/errors.js';
import type { Permissions } from '../../../kernel/capabilities.js';
import type { MapSpec, MapType } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { KernelFeatures } from '../profiles.js';

const PAGE_BYTES = 4096;
/** PCPU_MIN_UNIT_SIZE: include/linux/percpu.h. */
const PERCPU_LIMIT_BYTES = 32_768;

/** KMALLOC_MAX_SIZE with pages of 4 KiB, less struct htab_elem. */
const ELEMENT_LIMIT_BYTES = 4 * 1024 * 1024 - 48;
const INT_MAX = 2 ** 31 - 1;

/** CONFIG_NR_CPUS of the distributions' kernels. */
const CPU_LIMIT = 8192;

const NO_PREALLOC = 1 << 0;
const NO_COMMON_LRU = 1 << 1;
const NUMA_NODE = 1 << 2;
const RDONLY = 1 << 3;
const WRONLY = 1 << 4;
const ZERO_SEED = 1 << 6;
const RDONLY_PROG = 1 << 7;
const WRONLY_PROG = 1 << 8;
const MMAPABLE = 1 << 10;
const ACCESS = RDONLY | WRONLY | RDONLY_PROG | WRONLY_PROG;

/** The flags that each type takes, from the `…_alloc_check` of its file in kernel/bpf. */
const FLAGS: Readonly<Record<MapType, number>> = {
  hash: NO_PREALLOC | NUMA_NODE | ACCESS | ZERO_SEED,
  percpu_hash: NO_PREALLOC | ACCESS | ZERO_SEED,
  lru_hash: NO_PREALLOC | NO_COMMON_LRU | NUMA_NODE | ACCESS | ZERO_SEED,
  array: NUMA_NODE | ACCESS | MMAPABLE,
  percpu_array: ACCESS,
  prog_array: ACCESS & ~(RDONLY_PROG | WRONLY_PROG),
  devmap: NUMA_NODE | RDONLY | WRONLY,
  cpumap: NUMA_NODE,
  ringbuf: NUMA_NODE,
};

/** What BPF_MAP_CREATE says of an object's name (kernel/bpf/syscall.c, bpf_obj_name_cpy). */
export function isObjectName(name: string): boolean {
  return name.length <= 15 && /^[A-Za-z0-9_.]*$/.test(name);
}

/** Pages that a map counts for against RLIMIT_MEMLOCK, in bytes; roughly, as each type has its own sum. */
export function measureMap(spec: Required<MapSpec>): number {
  const bytes = spec.maxEntries * (round8(spec.keySizeBytes) + round8(spec.valueSizeBytes));
  return Math.max(1, Math.ceil(bytes / PAGE_BYTES)) * PAGE_BYTES;
}

/**
 * What map_create asks, in its order (kernel/bpf/syscall.c): from 6.5 on the arguments first, before it the
 * capabilities; the name last.
 *
 * @throws KernelError EPERM, EINVAL, E2BIG, ENOTSUPP
 */
export function checkMap(spec: Required<MapSpec>, may: Permissions, features: KernelFeatures): void {
  const fail = (code: ErrnoName, hint: string): never =>
    refuse(code, 'bpf(BPF_MAP_CREATE)', `create map ${quote(spec.name)} (${spec.type})`, hint);
  const checkCapabilities = (): void => {
    if (!may.bpf) fail('EPERM', 'It takes CAP_BPF');
    if (spec.type === 'devmap' && !may.bpfNet) fail('EPERM', 'A devmap takes CAP_NET_ADMIN');
  };
  if (!features.mapArgumentsFirst) checkCapabilities();
  const problem = findSpecProblem(spec);
  if (problem !== undefined) fail(...problem);
  if (features.mapArgumentsFirst) checkCapabilities();
  if (!isObjectName(spec.name)) fail('EINVAL', 'A name has at most 15 characters of [A-Za-z0-9_.]');
}

/** The `…_alloc_check` of each type. */
function findSpecProblem(spec: Required<MapSpec>): readonly [ErrnoName, string] | undefined {
  const { type, keySizeBytes, valueSizeBytes, maxEntries, flags } = spec;
  if ((flags & ~FLAGS[type]) !== 0) return ['EINVAL', `flags ${flags} are not for maps of type ${type}`];
  if ((flags & RDONLY) !== 0 && (flags & WRONLY) !== 0) return ['EINVAL', 'read-only and write-only at once'];
  if (type === 'ringbuf') return findRingProblem(spec);
  if (type === 'lru_hash' && (flags & NO_PREALLOC) !== 0) return ['ENOTSUPP', 'An LRU map is always preallocated'];
  if (maxEntries === 0) return ['EINVAL', 'maxEntries is 0'];
  if (keySizeBytes === 0 || valueSizeBytes === 0) return ['EINVAL', 'A key and a value have at least one byte'];
  if (type === 'hash' || type === 'percpu_hash' || type === 'lru_hash') return findHashProblem(spec);
  if (keySizeBytes !== 4) return ['EINVAL', `The key of a map of type ${type} is an index of 4 bytes`];
  if (valueSizeBytes > INT_MAX) return ['E2BIG', `A value has at most ${INT_MAX} bytes`];
  if (type === 'prog_array' && valueSizeBytes !== 4) return ['EINVAL', 'The value of a prog_array has 4 bytes'];
  if ((type === 'devmap' || type === 'cpumap') && valueSizeBytes !== 4 && valueSizeBytes !== 8) {
    return ['EINVAL', `The value of a ${type} has 4 or 8 bytes`];
  }
  if (type === 'cpumap' && maxEntries > CPU_LIMIT)
    return ['E2BIG', `A cpumap has a slot for each CPU, at most ${CPU_LIMIT}`];
  return findPercpuProblem(spec);
}

/** htab_map_alloc_check and htab_map_alloc: an element is one allocation, and the buckets are a power of two. */
function findHashProblem(spec: Required<MapSpec>): readonly [ErrnoName, string] | undefined {
  if (spec.keySizeBytes + spec.valueSizeBytes >= ELEMENT_LIMIT_BYTES)
    return ['E2BIG', `A key and its value have less than ${ELEMENT_LIMIT_BYTES} bytes`];
  if (spec.maxEntries > 2 ** 31) return ['E2BIG', `A hash has at most ${2 ** 31} entries`];
  return findPercpuProblem(spec);
}

function findPercpuProblem({ type, valueSizeBytes }: Required<MapSpec>): readonly [ErrnoName, string] | undefined {
  if (type !== 'percpu_array' && type !== 'percpu_hash') return undefined;
  return round8(valueSizeBytes) > PERCPU_LIMIT_BYTES
    ? ['E2BIG', 'A value for each CPU has at most 32768 bytes']
    : undefined;
}

/** ringbuf_map_alloc */
function findRingProblem({
  keySizeBytes,
  valueSizeBytes,
  maxEntries,
}: Required<MapSpec>): readonly [ErrnoName, string] | undefined {
  if (keySizeBytes !== 0 || valueSizeBytes !== 0) return ['EINVAL', 'A ring buffer has neither keys nor values'];
  const isPowerOfTwo = maxEntries > 0 && Number.isInteger(Math.log2(maxEntries));
  return isPowerOfTwo && maxEntries % PAGE_BYTES === 0
    ? undefined
    : ['EINVAL', 'maxEntries is its size in bytes: whole pages, a power of two'];
}

/**
 * The flags that stay with a map: kernel/bpf/syscall.c, bpf_map_flags_retain_permanent, takes out what is said of the
 * descriptor alone; kernel/bpf/devmap.c, dev_map_alloc, adds BPF_F_RDONLY_PROG.
 */
export function toKeptFlags(type: MapType, flags: number): number {
  return (flags & ~(RDONLY | WRONLY)) | (type === 'devmap' ? RDONLY_PROG : 0);
}

/** Whether the descriptor that a map was created with may not write its elements (BPF_F_RDONLY), or not read them (BPF_F_WRONLY). */
export function isReadOnly(flags: number): boolean {
  return (flags & RDONLY) !== 0;
}

export function isWriteOnly(flags: number): boolean {
  return (flags & WRONLY) !== 0;
}

function round8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
