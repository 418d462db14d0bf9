import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { within } from '../../core/within.js';
import { leaveToOwner, locateCache, makeCacheFolder } from '../cache-folder.js';
import { VmError } from '../vm-error.js';
import type { Accelerator, MachineSpec } from './command-line.js';
import { QemuMachine } from './qemu-machine.js';

/** Where it is decided, and for how long. */
export interface ChooseAcceleratorOptions {
  /** The kernel that the probe boots. */
  readonly spec: MachineSpec;
  /** Where the verdict is kept until this machine is booted again. @defaultValue that of kernels */
  readonly cacheFolder?: string;
  /** How long a guest may take to answer, in milliseconds. @defaultValue 8000 */
  readonly timeoutMs?: number;
  /** The device of KVM; one that is not there is not tried. @defaultValue '/dev/kvm' */
  readonly device?: string;
  readonly signal?: AbortSignal;
}

const PROBE_TIMEOUT_MS = 8000;

/**
 * KVM where a guest boots under it, else emulation. That `/dev/kvm` is there says little: it may not be for this user, and
 * guests hang under it on machines that are guests themselves. So a kernel is booted without anything to start, once for
 * each boot of this machine: that it panics over that is the answer.
 *
 * @throws UnsupportedError without QEMU @throws AbortedError
 */
export async function chooseAccelerator(options: ChooseAcceleratorOptions): Promise<Accelerator> {
  const { device = '/dev/kvm', cacheFolder = locateCache(), signal } = options;
  if (!existsSync(device)) return 'tcg';
  // Who asks matters too: the device may be root's alone.
  const file = join(cacheFolder, `accelerator-${readBootId()}-${process.getuid?.() ?? 0}`);
  const kept = readVerdict(file);
  if (kept !== undefined) return kept;
  const verdict: Accelerator = (await bootsUnderKvm(options)) ? 'kvm' : 'tcg';
  signal?.throwIfAborted();
  keepVerdict(file, verdict);
  return verdict;
}

async function bootsUnderKvm({
  spec,
  timeoutMs = PROBE_TIMEOUT_MS,
  signal,
}: ChooseAcceleratorOptions): Promise<boolean> {
  const probe: MachineSpec = { ...spec, accelerator: 'kvm', memoryMiB: 96, cpus: 1, devices: [], commandLine: '' };
  try {
    await using machine = await QemuMachine.start(
      probe,
      { initramfs: new Uint8Array(0) },
      { timeoutMs, ...(signal && { signal }) },
    );
    const end = await within(machine.failure, timeoutMs);
    return end?.code === 'ERR_GLOVEBOX_VM_PANIC';
  } catch (error) {
    // QEMU that says "Could not access KVM kernel module" ends before it is asked anything.
    if (error instanceof VmError) return false;
    throw error;
  }
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function readVerdict(file: string): Accelerator | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === 'kvm' || text === 'tcg' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs a probe each time, and no more. */
function keepVerdict(file: string, verdict: Accelerator): void {
  try {
    makeCacheFolder(dirname(file));
    writeFileSync(`${file}.${process.pid}`, `${verdict}\n`);
    renameSync(`${file}.${process.pid}`, file);
    leaveToOwner(dirname(file));
  } catch {
    // Asked again next time.
  }
}
