import { CStruct } from '../../native/c-struct.js';
import { requireResult } from '../../native/system-call.js';
import { refuse } from '../refuse.js';
import { nameBpf, tryBpf } from './bpf-call.js';
import { NAME_BYTES } from './bpf-constants.js';

/** What the kernel tells of a program: struct bpf_prog_info. */
export interface KernelProgramInfo {
  readonly kernelType: number;
  readonly id: number;
  readonly tag: string;
  readonly loadedAtMs: number;
  readonly name: string;
  readonly mapIds: readonly number[];
  readonly btfId: number;
}

/** What the kernel tells of a map: struct bpf_map_info. */
export interface KernelMapInfo {
  readonly kernelType: number;
  readonly id: number;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly name: string;
}

const PROG_INFO_BYTES = 232;
const MAP_INFO_BYTES = 88;
/** Room for the ids of a program's maps; the kernel says when there are more. */
const MAP_ID_ROOM = 32;

/** BPF_OBJ_GET_INFO_BY_FD of a program. @throws KernelError */
export function readProgramInfo(fd: number, mapIdRoom = MAP_ID_ROOM): KernelProgramInfo {
  const ids = new CStruct(mapIdRoom * 4);
  const info = new CStruct(PROG_INFO_BYTES).u32(52, mapIdRoom).pointer(56, ids);
  readInfo(fd, info, 'read what the kernel tells of a program');
  const mapCount = info.readU32(52);
  if (mapCount > mapIdRoom) return readProgramInfo(fd, mapCount);
  return {
    kernelType: info.readU32(0),
    id: info.readU32(4),
    tag: Buffer.from(info.bytes.subarray(8, 16)).toString('hex'),
    loadedAtMs: Number(info.readU64(40) / 1_000_000n),
    mapIds: Array.from({ length: mapCount }, (_, index) => ids.readU32(index * 4)),
    name: info.readText(64, NAME_BYTES),
    btfId: info.readU32(128),
  };
}

/** BPF_OBJ_GET_INFO_BY_FD of a map. @throws KernelError */
export function readMapInfo(fd: number): KernelMapInfo {
  const info = new CStruct(MAP_INFO_BYTES);
  readInfo(fd, info, 'read what the kernel tells of a map');
  return {
    kernelType: info.readU32(0),
    id: info.readU32(4),
    keySizeBytes: info.readU32(8),
    valueSizeBytes: info.readU32(12),
    maxEntries: info.readU32(16),
    flags: info.readU32(20),
    name: info.readText(24, NAME_BYTES),
  };
}

/** EBADFD, by which this one command refuses what every other refuses by EBADF (kernel/bpf/syscall.c, bpf_obj_get_info_by_fd). */
const EBADFD = -77;

/** BPF_OBJ_GET_INFO_BY_FD: fills a structure, in which pointers may lead to buffers. @throws KernelError EBADF */
export function readInfo(fd: number, info: CStruct, action: string): void {
  const attributes = new CStruct(16).u32(0, fd).u32(4, info.bytes.length).pointer(8, info);
  const result = tryBpf('OBJ_GET_INFO_BY_FD', attributes);
  if (result === EBADFD) refuse('EBADF', nameBpf('OBJ_GET_INFO_BY_FD'), action);
  requireResult(result, { syscall: nameBpf('OBJ_GET_INFO_BY_FD'), action });
}
