import { TimeoutError, UnsupportedError } from '../core/errors.js';
import type { FileDescriptor } from '../native/file-descriptor.js';
import { AGENTS } from './agent/agents.js';
import { VmAgent } from './agent/vm-agent.js';
import { buildInitramfs } from './initramfs/build-initramfs.js';
import { resolveBusybox } from './initramfs/resolve-busybox.js';
import { planModules } from './kernel/plan-modules.js';
import { resolveKernel } from './kernel/resolve-kernel.js';
import type { ModuleFile, VmKernel } from './kernel/vm-kernel.js';
import { chooseBootImage } from './kernel/vmlinux/choose-boot-image.js';
import { LabPorts } from './network/lab-ports.js';
import { chooseAccelerator } from './qemu/choose-accelerator.js';
import type { MachineSpec } from './qemu/command-line.js';
import { findQemu } from './qemu/find-qemu.js';
import type { NamelessFile } from './qemu/nameless-file.js';
import { type MachineContent, QemuMachine } from './qemu/qemu-machine.js';
import { findVirtiofsd } from './share/find-virtiofsd.js';
import { describeSharedMemory, ShareServer } from './share/share-server.js';
import { VmError, type VmErrorCode } from './vm-error.js';
import type { VmOptions } from './vm-options.js';

/** A guest that answers. */
export interface BootedMachine {
  readonly machine: QemuMachine;
  readonly agent: VmAgent;
  readonly kernel: VmKernel;
  /** What serves the folders that it sees. */
  readonly shares: readonly ShareServer[];
  /** What makes it the host of a lab. */
  readonly ports: LabPorts | undefined;
}

const BOOT_TIMEOUT_MS = 60_000;
/** For QEMU alone, which is slow only where it hangs: who has little time for the guest need not fail for a busy machine. */
const QEMU_TIMEOUT_MS = 10_000;
/** include/uapi/linux/mount.h */
const MS_RDONLY = 1;
/** The driver of the fast channel; a kernel without it has the second serial port. */
const CHANNEL_MODULES = ['virtio_pci', 'virtio_console'];

/** Finds what a machine needs, and boots it; when that fails, nothing is left of it. */
export async function bootMachine(options: VmOptions): Promise<BootedMachine> {
  const { signal, modules: names = [], share = [], network, timeoutMs = BOOT_TIMEOUT_MS } = options;
  const { onProgress } = options;
  const called = signal === undefined ? {} : { signal };
  const told = { ...called, ...(onProgress && { onProgress }) };
  // Before anything is downloaded in vain.
  findQemu('x64');
  if (share.length > 0) findVirtiofsd();
  const kernel = await resolveKernel(options.kernel, told);
  if (kernel.arch !== 'x64')
    throw new UnsupportedError({
      capability: 'vm',
      reason: `${kernel.image} is a kernel for ${kernel.arch}, and there is an agent for x64 alone`,
      fix: 'give a kernel for x64',
    });
  const wantedModules = [...names, ...(share.length > 0 ? ['virtiofs'] : []), ...(network ? ['virtio_net'] : [])];
  const withChannel = planWithChannel(kernel, wantedModules);
  const modules = withChannel ?? planModules(kernel, wantedModules);
  const userland = await resolveBusybox(told);
  const initramfs = buildInitramfs({ agent: AGENTS.x64(), modules, userland });
  const spec: MachineSpec = {
    architecture: kernel.arch,
    accelerator: 'tcg',
    memoryMiB: options.memoryMiB ?? 256,
    cpus: options.cpus ?? 1,
    kernelImage: chooseBootImage(kernel),
    channel: withChannel === undefined ? 'serial' : 'virtio',
    commandLine: options.commandLine ?? '',
    devices: [],
  };
  const { accelerator: wanted = 'auto' } = options;
  const accelerator = wanted === 'auto' ? await chooseAccelerator({ spec, ...called }) : wanted;
  const start = { timeoutMs, ...called, code: 'ERR_GLOVEBOX_VM_START' } as const;
  const shares: ShareServer[] = [];
  let ports: LabPorts | undefined;
  try {
    ports = network && new LabPorts(network[0]);
    for (const [index, each] of share.entries())
      shares.push(await ShareServer.start(each, { tag: `share${index}`, ...called }));
    const memory = shares.length > 0 ? describeSharedMemory(spec.memoryMiB) : [];
    const devices = [...memory, ...shares.flatMap((each) => each.devices), ...(ports?.devices ?? [])];
    const descriptors = ports?.descriptors ?? {};
    const booted = await startAndGreet({ ...spec, accelerator, devices }, { initramfs }, { ...start, descriptors });
    try {
      // A kernel that has measured its clock wrongly was fast until now.
      if (accelerator === 'tcg') await booted.machine.guard(booted.agent.synchronize(Date.now()));
      ports?.release();
      if (ports !== undefined) await booted.machine.guard(ports.setUp(booted.agent));
      for (const each of shares) await booted.machine.guard(mountShare(booted.agent, each));
    } catch (error) {
      await booted.machine[Symbol.asyncDispose]();
      throw error;
    }
    return { ...booted, kernel, shares, ports };
  } catch (error) {
    ports?.[Symbol.dispose]();
    for (const each of shares) await each[Symbol.asyncDispose]();
    throw error;
  }
}

async function mountShare(agent: VmAgent, { tag, share }: ShareServer): Promise<void> {
  const flags = share.writable === undefined || share.writable === false ? MS_RDONLY : 0;
  await agent.mount({ source: tag, target: share.guest ?? share.host, type: 'virtiofs', flags });
}

/** Starts what was saved, with the time of now and random numbers of its own. */
export async function restoreMachine(
  { spec, kernel, memory }: { readonly spec: MachineSpec; readonly kernel: VmKernel; readonly memory: NamelessFile },
  { timeoutMs = BOOT_TIMEOUT_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
): Promise<BootedMachine> {
  const start = { timeoutMs, ...(signal && { signal }), code: 'ERR_GLOVEBOX_VM_SNAPSHOT' } as const;
  const { machine, agent } = await startAndGreet(spec, { memory }, start);
  try {
    await machine.guard(agent.synchronize(Date.now()));
    return { machine, agent, kernel, shares: [], ports: undefined };
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
}

async function startAndGreet(
  spec: MachineSpec,
  content: MachineContent,
  {
    timeoutMs,
    signal,
    code,
    descriptors = {},
  }: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
    readonly code: VmErrorCode;
    readonly descriptors?: Readonly<Record<number, FileDescriptor>>;
  },
): Promise<Pick<BootedMachine, 'machine' | 'agent'>> {
  const called = signal === undefined ? {} : { signal };
  const machine = await QemuMachine.start(spec, content, {
    ...called,
    timeoutMs: Math.max(timeoutMs, QEMU_TIMEOUT_MS),
    descriptors,
  });
  try {
    if ('memory' in content) await machine.resume();
    const agent = await machine.guard(VmAgent.connect(machine.channel, { timeoutMs, ...called }));
    return { machine, agent };
  } catch (error) {
    const failure = explainStart(machine, error, { timeoutMs, code });
    await machine[Symbol.asyncDispose]();
    throw failure;
  }
}

/** Why a guest has not come up, in words of who asked for it. */
function explainStart(
  machine: QemuMachine,
  cause: unknown,
  { timeoutMs, code }: { readonly timeoutMs: number; readonly code: VmErrorCode },
): unknown {
  if (cause instanceof TimeoutError)
    return machine.describe(code, {
      message: `The guest's agent has not answered ${timeoutMs} ms after its start`,
      next: 'Raise timeoutMs if this machine is only slow',
      cause,
    });
  if (cause instanceof VmError && cause.code === 'ERR_GLOVEBOX_VM_LOST')
    return machine.describe(code, {
      message: 'The machine ended before its agent answered',
      next: `Are ${machine.spec.memoryMiB} MiB too little for this kernel? Raise memoryMiB`,
      cause,
    });
  return cause;
}

/** `undefined` for a kernel that does not have those of the channel; or not the others, which is told when they are asked for alone. */
function planWithChannel(kernel: VmKernel, names: readonly string[]): readonly ModuleFile[] | undefined {
  try {
    return kernel.modulesFolder === undefined ? undefined : planModules(kernel, [...CHANNEL_MODULES, ...names]);
  } catch {
    return undefined;
  }
}
