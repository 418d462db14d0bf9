import type { GuestArchitecture } from './find-qemu.js';

/** What runs the guest's instructions: the processor itself, or QEMU's emulation of one. */
export type Accelerator = 'kvm' | 'tcg';

/** The descriptors that QEMU finds its things under. */
export const DESCRIPTORS = { qmp: 3, channel: 4, initramfs: 5, memory: 6 } as const;

/** From here on, others give it descriptors: those of a network. */
export const FIRST_FREE_DESCRIPTOR = 7;

/** How the guest's agent is reached: a port of virtio, which needs its driver, or the second serial port, which is slow. */
export type ChannelKind = 'virtio' | 'serial';

/** A machine, as QEMU is told it. */
export interface MachineSpec {
  readonly architecture: GuestArchitecture;
  readonly accelerator: Accelerator;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** The path of the kernel's image. */
  readonly kernelImage: string;
  readonly channel: ChannelKind;
  /** Words for the kernel, after those of glovebox: the later one wins. */
  readonly commandLine: string;
  /** More words for QEMU: devices of a network, of shared folders. */
  readonly devices: readonly string[];
}

/**
 * `panic=-1` with `-no-reboot` ends QEMU at once when the kernel panics, and `oops=panic` makes an oops of it, after which
 * nothing that a test sees can be believed. Not `tsc=reliable`: on a busy machine, one boot in ten has a processor's clock
 * measured wrongly, by a factor of three and more, and only the kernel's own watchdog finds that.
 */
const KERNEL_WORDS = ['panic=-1', 'oops=panic', 'quiet', 'loglevel=4', 'random.trust_cpu=on'];

/** The tests of its cryptography by the kernel itself take a quarter of a second under emulation. */
const QUICK_WORDS = ['cryptomgr.notests'];

/**
 * Not `pc`: there, each device on PCI has the kernel interpret a program of ACPI's that draws up the table of interrupts,
 * 80 million instructions long.
 */
const X64_MACHINE = 'q35,usb=off,vmport=off,sata=off,smbus=off';

/**
 * All that TCG can emulate, but for fast copies of bytes by one instruction, which it does byte by byte: the kernel has
 * quicker ways where there are none.
 */
const EMULATED_PROCESSOR = 'max,-erms,-fsrm';

/** The arguments of QEMU. With `isIncoming`, what the machine has in its memory comes from a snapshot. */
export function buildCommandLine(spec: MachineSpec, { isIncoming = false } = {}): readonly string[] {
  const isX64 = spec.architecture === 'x64';
  const console = isX64 ? 'ttyS0' : 'ttyAMA0';
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-M', isX64 ? X64_MACHINE : 'virt'],
    ...['-accel', spec.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ...['-cpu', describeProcessor(spec)],
    ...['-m', `${spec.memoryMiB}`, '-smp', `${spec.cpus}`],
    ...['-chardev', `socket,id=qmp,fd=${DESCRIPTORS.qmp}`, '-mon', 'chardev=qmp,mode=control'],
    // The console is what QEMU writes to its own output: lines of it are read as those of any program.
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=channel,fd=${DESCRIPTORS.channel}`],
    ...(spec.channel === 'serial'
      ? ['-serial', 'chardev:channel']
      : ['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=channel,name=glovebox.agent']),
    ...spec.devices,
    ...['-kernel', spec.kernelImage],
    // What is restored has read its initramfs long ago.
    ...(isIncoming ? ['-incoming', 'defer'] : ['-initrd', `/proc/self/fd/${DESCRIPTORS.initramfs}`]),
    ...['-append', [`console=${console}`, ...KERNEL_WORDS, ...QUICK_WORDS, spec.commandLine].join(' ').trim()],
  ];
}

function describeProcessor({ accelerator, architecture }: MachineSpec): string {
  if (accelerator === 'kvm') return 'host';
  return architecture === 'x64' ? EMULATED_PROCESSOR : 'max';
}
