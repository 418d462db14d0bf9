import type { DeviceRef, Program } from 'glovebox/kernel';
import type { Device, DispatcherRecord } from '../model.js';
import type { Rollback } from '../rollback.js';

/** What a hook needs to be told to find the dispatcher again. */
export interface Seat {
  readonly filterHandle: number | undefined;
}

/** The place in the kernel where a dispatcher sits, and how it gets there. */
export interface Hook {
  /** Puts the first dispatcher on the hook. */
  install(dispatcher: Program, rollback: Rollback): Promise<Seat>;
  /** Puts a dispatcher in the place of another, so that there is always one of them. */
  replace(old: DispatcherRecord, dispatcher: Program, rollback: Rollback): Promise<Seat>;
  /** Takes the dispatcher off; that it is off already, or its device gone, is no failure. */
  remove(old: DispatcherRecord, rollback: Rollback): Promise<void>;
  /** Puts back what is in the database but not on the hook. */
  restore(record: DispatcherRecord): Promise<void>;
}

/** A device in the kernel's terms. */
export function deviceRef(device: Device): DeviceRef {
  return { ifindex: device.ifindex, ...(device.netnsPath === undefined ? {} : { netns: device.netnsPath }) };
}
