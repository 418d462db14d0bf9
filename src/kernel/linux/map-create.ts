import { quote } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { CreateMapOptions, MapInfo, MapSpec } from '../objects.js';
import { refuse } from '../refuse.js';
import { bpfOpen, nameBpf } from './bpf-call.js';
import { KERNEL_MAP_TYPES, NAME_BYTES } from './bpf-constants.js';
import { requireMapInfo } from './describe.js';
import { explainCreateMap, withHints } from './hints.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxMap } from './linux-handle.js';

/** BPF_F_RDONLY_PROG, which the kernel adds to every devmap by itself (kernel/bpf/devmap.c, dev_map_alloc). */
const ADDED_TO_DEVMAPS = 1 << 7;

/** BPF_F_RDONLY and BPF_F_WRONLY say what may be done with a descriptor, and nothing of the map. */
const OF_THE_DESCRIPTOR = (1 << 3) | (1 << 4);

/** What keys and values consist of, in a BTF that was loaded. */
export interface MapTypes {
  readonly btfFd: number;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
}

/** BPF_MAP_CREATE of a map whose types are known. @throws KernelError */
export function createTypedMap(caller: LinuxCaller, spec: MapSpec, types: MapTypes | undefined): LinuxMap {
  return adoptMap(caller, openNewMap(caller, spec, types), spec);
}

/** BPF_MAP_CREATE; with `pinnedAt`, the map that is pinned there, or a new one that is then. @throws KernelError */
export function createMap(caller: LinuxCaller, spec: MapSpec, { pinnedAt }: CreateMapOptions = {}): LinuxMap {
  if (pinnedAt === undefined) return adoptMap(caller, openNewMap(caller, spec), spec);
  const { bpffs } = caller.machine;
  bpffs.mount.resolve(pinnedAt);
  const pinned = caller.run(() => findPinned(caller, pinnedAt));
  if (pinned !== undefined) return reuseMap(caller, pinned, spec, pinnedAt);
  const map = adoptMap(caller, openNewMap(caller, spec), spec);
  try {
    caller.run(() => bpffs.pin(caller.fdOf(map), pinnedAt));
  } catch (error) {
    map.giveUp();
    throw error;
  }
  return map;
}

function openNewMap(caller: LinuxCaller, spec: MapSpec, types?: MapTypes): FileDescriptor {
  return withHints(
    () => caller.create(() => requestMap(spec, types)),
    (error) => explainCreateMap(caller, spec, error),
  );
}

/** union bpf_attr, BPF_MAP_CREATE. @throws KernelError EPERM, EINVAL, E2BIG, ENOMEM */
function requestMap(spec: MapSpec, types: MapTypes | undefined): FileDescriptor {
  const attributes = new CStruct(72)
    .u32(0, KERNEL_MAP_TYPES[spec.type])
    .u32(4, spec.keySizeBytes)
    .u32(8, spec.valueSizeBytes)
    .u32(12, spec.maxEntries)
    .u32(16, spec.flags ?? 0)
    .text(28, NAME_BYTES, spec.name);
  if (types !== undefined) {
    attributes.u32(48, types.btfFd).u32(52, types.keyTypeId).u32(56, types.valueTypeId);
  }
  return bpfOpen('MAP_CREATE', attributes, `create map ${quote(spec.name)} (${spec.type})`);
}

/** Takes a new map into the books. */
function adoptMap(caller: LinuxCaller, fd: FileDescriptor, { name }: MapSpec): LinuxMap {
  try {
    const info = requireMapInfo(fd);
    caller.machine.registry.addMap(info.id, { name, info });
    return new LinuxMap(caller, fd, info);
  } catch (error) {
    fd.close();
    throw error;
  }
}

function findPinned(caller: LinuxCaller, path: string): FileDescriptor | undefined {
  try {
    const { fd, kind } = caller.machine.bpffs.open(path);
    if (kind === 'map') return fd;
    fd.close();
    return refuse('EINVAL', nameBpf('OBJ_GET'), `use the map pinned at ${quote(path)}`, `A ${kind} is pinned there`);
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** As libbpf does (bpf_object__reuse_map). @throws KernelError EINVAL when it is another kind of map */
function reuseMap(caller: LinuxCaller, fd: FileDescriptor, spec: MapSpec, path: string): LinuxMap {
  try {
    const info = requireMapInfo(fd);
    const problems = findDifferences(info, spec);
    if (problems.length > 0) {
      refuse(
        'EINVAL',
        nameBpf('OBJ_GET'),
        `use the map pinned at ${quote(path)}`,
        `It differs in ${problems.join(', ')}`,
      );
    }
    return new LinuxMap(caller, fd, info);
  } catch (error) {
    fd.close();
    throw error;
  }
}

function findDifferences(info: MapInfo, spec: MapSpec): readonly string[] {
  const ignored = (info.type === 'devmap' ? ADDED_TO_DEVMAPS : 0) | OF_THE_DESCRIPTOR;
  const found = { ...info, flags: info.flags & ~ignored };
  const wanted = { ...spec, flags: (spec.flags ?? 0) & ~ignored };
  return (['type', 'keySizeBytes', 'valueSizeBytes', 'maxEntries', 'flags'] as const)
    .filter((field) => found[field] !== wanted[field])
    .map((field) => `${field} (${found[field]}, not ${wanted[field]})`);
}
