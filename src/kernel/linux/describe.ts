import type { FileDescriptor } from '../../native/file-descriptor.js';
import {
  type LinkInfo,
  MAP_TYPES,
  type MapInfo,
  type MapType,
  type ProgramInfo,
  type ProgramType,
} from '../objects.js';
import { refuse } from '../refuse.js';
import { KERNEL_MAP_TYPES } from './bpf-constants.js';
import { type KernelLinkInfo, readLinkInfo } from './link-info.js';
import { type KernelMapInfo, type KernelProgramInfo, readMapInfo, readProgramInfo } from './object-info.js';
import type { Registry } from './registry.js';

/** What a program of someone else's is taken for, by the kernel's type, of which several of the contract's may share one. */
const FOREIGN_TYPES: Readonly<Record<number, ProgramType>> = {
  2: 'kprobe',
  3: 'tc',
  5: 'tracepoint',
  6: 'xdp',
  26: 'fentry',
  28: 'extension',
  29: 'lsm',
};

/** A program as the contract knows it; `undefined` for a type that it does not cover. */
export function describeProgram(registry: Registry, info: KernelProgramInfo): ProgramInfo | undefined {
  const { id, name, tag, loadedAtMs, mapIds, kernelType } = info;
  const type = registry.program.get(id)?.type ?? FOREIGN_TYPES[kernelType];
  return type === undefined ? undefined : { id, name, type, tag, loadedAtMs, mapIds };
}

/** A map as the contract knows it; `undefined` for a type that it does not cover. */
export function describeMap({ kernelType, ...info }: KernelMapInfo): MapInfo | undefined {
  const type = findMapType(kernelType);
  return type === undefined ? undefined : { ...info, type };
}

/** A link as the contract knows it; `undefined` for a type that it does not cover. */
export function describeLink(registry: Registry, info: KernelLinkInfo): LinkInfo | undefined {
  const record = registry.link.get(info.id);
  const type = record?.type ?? info.type;
  if (type === undefined) return undefined;
  const attached = info.ifindex !== 0;
  const direction = record?.direction ?? info.direction;
  const target = record?.target ?? info.eventName;
  return {
    id: info.id,
    programId: info.programId,
    type,
    attached,
    ...(info.ifindex === undefined ? {} : { ifindex: info.ifindex }),
    ...(attached && record?.netns !== undefined ? { netns: record.netns } : {}),
    ...(direction === undefined ? {} : { direction }),
    ...(target === undefined ? {} : { target }),
  };
}

/** @throws KernelError EOPNOTSUPP for a type that the contract does not cover */
export function requireProgramInfo(registry: Registry, fd: FileDescriptor): ProgramInfo {
  const info = readProgramInfo(fd.number);
  return describeProgram(registry, info) ?? refuseType('program', info.id, info.kernelType);
}

/** @throws KernelError EOPNOTSUPP */
export function requireMapInfo(fd: FileDescriptor): MapInfo {
  const info = readMapInfo(fd.number);
  return describeMap(info) ?? refuseType('map', info.id, info.kernelType);
}

/** @throws KernelError EOPNOTSUPP */
export function requireLinkInfo(registry: Registry, fd: FileDescriptor): LinkInfo {
  const info = readLinkInfo(fd.number);
  return describeLink(registry, info) ?? refuseType('link', info.id, info.kernelType);
}

function findMapType(kernelType: number): MapType | undefined {
  return MAP_TYPES.find((type) => KERNEL_MAP_TYPES[type] === kernelType);
}

function refuseType(kind: string, id: number, kernelType: number): never {
  return refuse(
    'EOPNOTSUPP',
    'bpf(BPF_OBJ_GET_INFO_BY_FD)',
    `tell of ${kind} ${id}`,
    `It is of the kernel's type ${kernelType}, for which this interface has no word`,
  );
}
