import { CStruct } from './c-struct.js';
import { requireResult, systemCall } from './system-call.js';

/** include/uapi/asm-generic/resource.h */
const RLIMIT_NOFILE = 7;
const LIMIT_BYTES = 16;

/** A limit of one process: what holds now, and how far it may raise that itself. */
export interface ResourceLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** How high the numbers of descriptors of a process may go, the highest not included. @throws KernelError ESRCH, EPERM */
export function readDescriptorLimit(pid: number): ResourceLimit {
  const before = new CStruct(LIMIT_BYTES);
  const action = `read the limit of descriptors of process ${pid}`;
  requireResult(systemCall('prlimit64', pid, RLIMIT_NOFILE, null, before), { syscall: 'prlimit64', action });
  const view = new DataView(before.bytes.buffer);
  return { soft: view.getBigUint64(0, true), hard: view.getBigUint64(8, true) };
}

/** In effect when this returns; what the process has open stays. @throws KernelError ESRCH, EPERM for one of another user */
export function setDescriptorLimit(pid: number, { soft, hard }: ResourceLimit): void {
  const limit = new CStruct(LIMIT_BYTES).u64(0, soft).u64(8, hard);
  const action = `limit the descriptors of process ${pid} to ${soft}`;
  requireResult(systemCall('prlimit64', pid, RLIMIT_NOFILE, limit, null), { syscall: 'prlimit64', action });
}
