import type { LinkObject, ProgramObject } from '../objects/kernel-objects.js';

/** A place that a link can be on: the operations that Linux keeps in `struct bpf_link_ops`. */
export interface LinkHook {
  /** The device's index; `undefined` for places without a device. */
  readonly ifindex: number | undefined;
  /** The inode of the device's network namespace. */
  readonly netns: number | undefined;
  /** Takes the link off, for one that is there. */
  release(link: LinkObject): void;
  /**
   * Puts another program in the link's place (BPF_LINK_UPDATE), references aside.
   *
   * @throws KernelError as the kind of hook refuses
   */
  replace(link: LinkObject, program: ProgramObject, expected: ProgramObject | undefined): void;
}

/** The types of link that BPF_LINK_DETACH and BPF_LINK_UPDATE know; the others have no such operation. */
export function isDeviceLink(link: LinkObject): boolean {
  return link.type === 'xdp' || link.type === 'tcx';
}
