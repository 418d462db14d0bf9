import { CStruct } from '../../native/c-struct.js';
import { systemCall } from '../../native/system-call.js';
import type { LinuxMachine } from './linux-machine.js';

/** include/uapi/asm-generic/resource.h */
const RLIMIT_MEMLOCK = 8;
const LIMIT_BYTES = 16;
const UNLIMITED = 0xffffffffffffffffn;

/**
 * Makes a call that creates something, without a limit of locked memory: before 5.11 programs and maps count against it
 * (kernel/bpf/syscall.c, bpf_prog_charge_memlock), and it is 64 KiB by default. Loaders lift it as well, for good; here it
 * is as before when the call returns. Who may not lift it keeps it.
 */
export function withoutMemoryLimit<R>(machine: LinuxMachine, create: () => R): R {
  if (machine.isAtLeast('5.11')) return create();
  const before = new CStruct(LIMIT_BYTES);
  const unlimited = new CStruct(LIMIT_BYTES).u64(0, UNLIMITED).u64(8, UNLIMITED);
  if (systemCall('prlimit64', 0, RLIMIT_MEMLOCK, unlimited, before) < 0) return create();
  try {
    return create();
  } finally {
    systemCall('prlimit64', 0, RLIMIT_MEMLOCK, before, null);
  }
}
