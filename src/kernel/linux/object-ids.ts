import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { requireResult } from '../../native/system-call.js';
import type { ObjectKind } from '../backend.js';
import { bpf, bpfOpen, nameBpf, tryBpf } from './bpf-call.js';

const NEXT_ID = { program: 'PROG_GET_NEXT_ID', map: 'MAP_GET_NEXT_ID', link: 'LINK_GET_NEXT_ID' } as const;
const FD_BY_ID = { program: 'PROG_GET_FD_BY_ID', map: 'MAP_GET_FD_BY_ID', link: 'LINK_GET_FD_BY_ID' } as const;
const ENOENT = -2;

/** The id after one. @throws KernelError ENOENT at the end, EINVAL, EPERM */
export function getNextId(kind: ObjectKind, after: number, action: string): number {
  const attributes = createIdStruct(after);
  bpf(NEXT_ID[kind], attributes, action);
  return attributes.readU32(4);
}

/** The id after one, or `undefined` at the end. @throws KernelError EINVAL, EPERM */
export function findNextId(kind: ObjectKind, after: number, action: string): number | undefined {
  const attributes = createIdStruct(after);
  const result = tryBpf(NEXT_ID[kind], attributes);
  if (result === ENOENT) return undefined;
  requireResult(result, { syscall: nameBpf(NEXT_ID[kind]), action });
  return attributes.readU32(4);
}

/** Opens an object by its id. @throws KernelError EPERM without CAP_SYS_ADMIN, ENOENT */
export function openById(kind: ObjectKind, id: number, action: string): FileDescriptor {
  return bpfOpen(FD_BY_ID[kind], createIdStruct(id), action);
}

/** union bpf_attr, BPF_*_GET_*_ID: the id, then the next one. */
function createIdStruct(id: number): CStruct {
  return new CStruct(12).u32(0, id);
}
