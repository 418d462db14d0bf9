import type { Pin } from '../../kernel/contract.js';
import type { Direction, MapInfo, ProgramInfo, ProgramType } from '../../kernel/objects.js';
import type { AttachVia } from '../../kernel/points.js';

/** A program that came onto a hook, or went off it. */
export interface AttachmentEvent {
  readonly programId: number;
  readonly linkId: number | undefined;
  readonly via: AttachVia;
  readonly attachType: ProgramType;
  readonly ifindex: number | undefined;
  readonly direction: Direction | undefined;
  readonly target: string | undefined;
}

/** A device that is gone, with what was on it. */
export interface DeviceRemovedEvent {
  readonly name: string;
  readonly ifindex: number;
  /** The inode of the network namespace it was in. */
  readonly netns: number;
}

/** What a `FakeKernel` tells while it happens, whoever caused it: a call, a process that died, a device that went. */
export type KernelEvents = {
  load: (program: ProgramInfo) => void;
  /** A program is freed: nothing holds it any more. */
  unload: (program: ProgramInfo) => void;
  createMap: (map: MapInfo) => void;
  /** A map is freed. */
  freeMap: (map: MapInfo) => void;
  attach: (attachment: AttachmentEvent) => void;
  detach: (attachment: AttachmentEvent) => void;
  pin: (pin: Pin) => void;
  unpin: (pin: Pin) => void;
  deviceRemoved: (device: DeviceRemovedEvent) => void;
};
