import { CStruct } from './c-struct.js';
import { requireResult, systemCall } from './system-call.js';

/** The bits of capabilities, by name: include/uapi/linux/capability.h. */
export const CAPABILITY_BITS = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_DAC_READ_SEARCH: 2,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_LINUX_IMMUTABLE: 9,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_BROADCAST: 11,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_IPC_OWNER: 15,
  CAP_SYS_MODULE: 16,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_PACCT: 20,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_BOOT: 22,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
  CAP_SYS_TIME: 25,
  CAP_SYS_TTY_CONFIG: 26,
  CAP_MKNOD: 27,
  CAP_LEASE: 28,
  CAP_AUDIT_WRITE: 29,
  CAP_AUDIT_CONTROL: 30,
  CAP_SETFCAP: 31,
  CAP_MAC_OVERRIDE: 32,
  CAP_MAC_ADMIN: 33,
  CAP_SYSLOG: 34,
  CAP_WAKE_ALARM: 35,
  CAP_BLOCK_SUSPEND: 36,
  CAP_AUDIT_READ: 37,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
  CAP_CHECKPOINT_RESTORE: 40,
} as const;

/** The name of a capability of Linux. */
export type CapabilityName = keyof typeof CAPABILITY_BITS;

/** _LINUX_CAPABILITY_VERSION_3: include/uapi/linux/capability.h. */
const VERSION_3 = 0x20080522;

/** What a thread may do: the effective set decides, the permitted one bounds it. A bit for each of {@link CAPABILITY_BITS}. */
export interface CapabilitySets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

/** The capabilities of the calling thread. */
export function readCapabilities(): CapabilitySets {
  const data = new CStruct(24);
  const result = systemCall('capget', new CStruct(8).u32(0, VERSION_3), data);
  requireResult(result, { syscall: 'capget', action: "read this thread's capabilities" });
  const join = (offset: number): bigint => BigInt(data.readU32(offset)) | (BigInt(data.readU32(offset + 12)) << 32n);
  return { effective: join(0), permitted: join(4), inheritable: join(8) };
}

/** The bits of capabilities, as sets have them. */
export function toCapabilityMask(names: Iterable<CapabilityName>): bigint {
  let mask = 0n;
  for (const name of names) mask |= 1n << BigInt(CAPABILITY_BITS[name]);
  return mask;
}

/** The names of the capabilities in a set. */
export function toCapabilityNames(mask: bigint): readonly CapabilityName[] {
  const names = Object.keys(CAPABILITY_BITS) as CapabilityName[];
  return names.filter((name) => (mask >> BigInt(CAPABILITY_BITS[name])) & 1n);
}

/**
 * Runs a synchronous function with fewer effective capabilities and gives them back after it. They are the calling
 * thread's own; no other thread of the process notices.
 */
export function runWithoutCapabilities<R>(dropped: bigint, run: () => R): R {
  const before = readCapabilities();
  const effective = before.effective & ~dropped;
  if (effective === before.effective) return run();
  writeCapabilities({ ...before, effective });
  try {
    return run();
  } finally {
    writeCapabilities(before);
  }
}

function writeCapabilities({ effective, permitted, inheritable }: CapabilitySets): void {
  const data = new CStruct(24);
  for (const [offset, set] of [
    [0, effective],
    [4, permitted],
    [8, inheritable],
  ] as const) {
    data.u32(offset, Number(set & 0xffffffffn)).u32(offset + 12, Number(set >> 32n));
  }
  const result = systemCall('capset', new CStruct(8).u32(0, VERSION_3), data);
  requireResult(result, { syscall: 'capset', action: "set this thread's capabilities" });
}
