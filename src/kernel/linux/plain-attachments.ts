import type { DeviceRef } from '../attach.js';

/** A device on which something was put that is no link. */
export interface TouchedDevice {
  /** The inode of its network namespace. */
  readonly netns: number;
  /** The path by which the namespace was named; `undefined` is the process's own. */
  readonly path: string | undefined;
  readonly ifindex: number;
  /** What was put there, whoever loaded it. */
  readonly programIds: Set<number>;
  /** Whether its clsact was made here. */
  clsact: boolean;
}

/**
 * The devices on which something was put that outlives every handle. What is there now is the kernel's to say: this only
 * remembers where to look.
 */
export class PlainAttachments {
  readonly #devices = new Map<string, TouchedDevice>();

  /** The device of a reference, remembered from now on. */
  touch({ ifindex, netns: path }: DeviceRef, netns: number): TouchedDevice {
    const key = `${netns} ${ifindex}`;
    const known = this.#devices.get(key);
    if (known !== undefined) return known;
    const device: TouchedDevice = { netns, path, ifindex, programIds: new Set(), clsact: false };
    this.#devices.set(key, device);
    return device;
  }

  /** In the order of namespaces and indexes. */
  all(): readonly TouchedDevice[] {
    return [...this.#devices.values()].sort((a, b) => a.netns - b.netns || a.ifindex - b.ifindex);
  }

  clear(): void {
    this.#devices.clear();
  }
}
