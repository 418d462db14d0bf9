import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { mountDetached } from '../../native/detached-mount.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { openNetns } from '../../native/netns.js';
import { isReleaseBefore } from '../release.js';
import { BpffsFiles } from './bpffs-files.js';
import { BpffsMount } from './bpffs-mount.js';
import type { Btf } from './btf/btf.js';
import { readBtf } from './btf/read-btf.js';
import type { LinuxCaller } from './linux-caller.js';
import { PlainAttachments } from './plain-attachments.js';
import { Registry } from './registry.js';
import { Settling } from './settling.js';
import { missingFromSysfs } from './sysfs.js';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const USUAL_TRACEFS = '/sys/kernel/tracing';

/** How a machine is seen. */
export interface MachineOptions {
  /** 'private', or a directory on a bpffs that is mounted. */
  readonly bpffs: string;
  /** Whether listings show what others made. */
  readonly visibility: 'own' | 'host';
  /** What the path of a network namespace in a call means. @defaultValue itself */
  readonly resolveNetns?: ((path: string) => string) | undefined;
}

/** What the processes on one kernel share. */
export class LinuxMachine {
  /** Major and minor. */
  readonly release: string;
  readonly visibility: 'own' | 'host';
  readonly registry = new Registry();
  readonly bpffs: BpffsFiles;
  readonly plain = new PlainAttachments();
  readonly settling = new Settling(this);
  readonly callers = new Set<LinuxCaller>();
  disposed = false;
  readonly #resolveNetns: (path: string) => string;
  #kernelBtf: Btf | undefined;
  #tracefs: FileDescriptor | undefined;

  constructor(options: MachineOptions) {
    this.release = /^\d+\.\d+/.exec(release())?.[0] ?? release();
    this.visibility = options.visibility;
    this.#resolveNetns = options.resolveNetns ?? ((path) => path);
    this.bpffs = new BpffsFiles(new BpffsMount(options.bpffs));
  }

  /** Whether the kernel is of this release or a later one. */
  isAtLeast(release: string): boolean {
    return !isReleaseBefore(this.release, release);
  }

  /** The network namespace that a call names. @throws KernelError ENOENT, EACCES */
  openNetns(path: string): FileDescriptor {
    return openNetns(this.#resolveNetns(path));
  }

  /** The types of the kernel itself. @throws UnsupportedError for a kernel without BTF */
  get kernelBtf(): Btf {
    this.#kernelBtf ??= readKernelBtf();
    return this.#kernelBtf;
  }

  /** Where tracefs is: mounted, or for this machine alone. @throws KernelError EPERM */
  get tracefs(): string {
    if (this.#tracefs !== undefined) return `/proc/self/fd/${this.#tracefs.number}`;
    if (existsSync(`${USUAL_TRACEFS}/events`)) return USUAL_TRACEFS;
    this.#tracefs = mountDetached('tracefs');
    return `/proc/self/fd/${this.#tracefs.number}`;
  }

  closeMounts(): void {
    this.#tracefs?.close();
    this.#tracefs = undefined;
    this.bpffs.mount.close();
  }
}

function readKernelBtf(): Btf {
  if (!existsSync(KERNEL_BTF)) {
    throw missingFromSysfs({
      capability: "the kernel's BTF",
      reason: `there is no ${KERNEL_BTF}, which fentry, fexit and LSM programs need`,
      fix: 'run a kernel that was built with CONFIG_DEBUG_INFO_BTF=y',
    });
  }
  return readBtf(readFileSync(KERNEL_BTF));
}
