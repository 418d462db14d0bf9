import type { Pin } from './contract.js';
import type { Direction, LinkInfo, MapInfo, ProgramInfo, XdpMode } from './objects.js';

/** A program that sits on a device without a link: by netlink (XDP), by BPF_PROG_ATTACH (TCX) or as a filter of tc. */
export interface PlainAttachment {
  readonly via: 'netlink' | 'prog' | 'filter';
  readonly programId: number;
  /** The inode of the device's network namespace. */
  readonly netns: number;
  readonly ifindex: number;
  readonly direction: Direction | undefined;
  readonly mode: XdpMode | undefined;
  readonly priority: number | undefined;
  readonly handle: number | undefined;
}

/**
 * Everything a kernel holds at one moment, as plain data in a fixed order, so that two snapshots can be compared and
 * a difference reads as what was added and what was taken.
 */
export interface KernelSnapshot {
  readonly programs: readonly ProgramInfo[];
  readonly links: readonly LinkInfo[];
  readonly maps: readonly MapInfo[];
  readonly pins: readonly Pin[];
  /** Directories on bpffs below the mounts, in the order of paths. */
  readonly directories: readonly string[];
  readonly attachments: readonly PlainAttachment[];
  /** Devices that have a clsact qdisc. */
  readonly clsacts: readonly { readonly netns: number; readonly ifindex: number }[];
}

/** A kernel whose state can be seen from outside, without an operation and without a fault. */
export interface InspectableKernel {
  snapshot(): KernelSnapshot;
}
