import type { DeviceRef, HookRef } from '../kernel/attach.js';
import type { Capability } from '../kernel/capabilities.js';
import type { Kernel } from '../kernel/contract.js';

/** Something that a case needs and that not every kernel, or not every driver, can give. */
export const CONTRACT_NEEDS = {
  tracepoint: 'programs on tracepoints',
  kprobe: 'programs on kernel functions (kprobes)',
  uprobe: 'programs on functions of files (uprobes)',
  tracing: 'programs on entry and exit of kernel functions (fentry, fexit)',
  lsm: 'programs on security hooks',
  extension: 'programs in the place of functions of other programs',
  capabilities: 'a process with fewer capabilities',
  memoryExhaustion: 'memory that can be made to run out',
  memlock: 'a limit of locked memory, before 5.11',
  deferredSteps: 'work of the kernel that can be done step by step',
  chosenIds: 'ids that can be chosen',
  netnsPaths: 'a second network namespace with a path',
} as const;

/** One of {@link CONTRACT_NEEDS}. */
export type ContractNeed = keyof typeof CONTRACT_NEEDS;

/** How a case wants its world. What a driver cannot do of it, it says of the need behind it. */
export interface WorldOptions {
  /** Whether work that is put off waits to be stepped (`deferredSteps`). @defaultValue 'immediate' */
  readonly deferred?: 'immediate' | 'manual';
  /** The id that the first objects get (`chosenIds`). */
  readonly nextId?: number;
  /** RLIMIT_MEMLOCK (`memlock`). */
  readonly memlockLimitBytes?: number;
}

/** A process on the kernel of a world. */
export interface ContractProcess extends Kernel {
  /** Ends it: every handle is closed. */
  exit(): void | Promise<void>;
}

/** Names of things that programs attach to, which exist on the kernel of a world. */
export interface AttachTargets {
  /** Two tracepoints, as `category:name`. */
  readonly tracepoints: readonly [string, string];
  /** Another one, which a case fills: a tracepoint is one for the whole machine, so nothing else should be on it. */
  readonly quietTracepoint: string;
  /** Two kernel functions for kprobes, fentry and fexit. */
  readonly functions: readonly [string, string];
  /** Two security hooks, as functions: `file_open`. */
  readonly lsmHooks: readonly [string, string];
  /** A file with code, and an offset in it. */
  readonly file: { readonly path: string; readonly offset: number };
}

/** A kernel with nothing on it, and what a case may do beside the contract. Closing it leaves nothing. */
export interface ContractWorld extends AsyncDisposable {
  /** The first process. */
  readonly kernel: Kernel;
  /** A device whose driver runs XDP itself, and another one. */
  readonly device: DeviceRef;
  readonly otherDevice: DeviceRef;
  /** A device that runs XDP in the stack alone: the loopback. */
  readonly genericDevice: DeviceRef;
  /** The directions of `device`. */
  readonly ingress: HookRef;
  readonly egress: HookRef;
  /** A directory on a bpffs, with nothing in it. */
  readonly bpffs: string;
  readonly targets: AttachTargets;
  /** Another process. `capabilities` needs `capabilities`. */
  process(options?: { readonly capabilities?: readonly Capability[]; readonly netns?: string }): ContractProcess;
  /** A new device like `device`. */
  addDevice(): Promise<DeviceRef>;
  /** Removes a device; returns when it is gone. */
  removeDevice(device: DeviceRef): Promise<void>;
  /** A second network namespace with one device like `device` in it (`netnsPaths`). */
  addNetns(): Promise<{ readonly path: string; readonly device: DeviceRef }>;
  /** Returns when the kernel has done what it puts off: freeing after the last pin, for one. */
  settle(): Promise<void>;
  /** The work that is put off (`deferredSteps`). */
  readonly deferred?: { readonly pending: readonly string[]; step(): string | undefined; drain(): number };
  /** Whether memory has run out (`memoryExhaustion`). */
  setMemoryExhausted?(exhausted: boolean): void;
}

/** A kernel that the contract is tried on: a model of one, or one that runs. */
export interface ContractDriver {
  /** `FakeKernel 6.18`, `Linux 6.18`. */
  readonly name: string;
  /** Major and minor. */
  readonly release: string;
  /** The release in full: `6.1.192`. @defaultValue `release` */
  readonly version?: string;
  /** A model has to agree with kernels; what a kernel does is so. */
  readonly kind: 'model' | 'kernel';
  /** Why a case that needs this cannot run here, with what would have to be different; `undefined` when it can. */
  findMissing(need: ContractNeed): string | undefined;
  /** A new world. */
  open(options: WorldOptions): Promise<ContractWorld>;
}
