import { fstatSync } from 'node:fs';
import { KernelError } from '../../core/kernel-error.js';
import { readOwnNetns, runInNetns } from '../../native/netns.js';
import type { Direction } from '../objects.js';
import type { PlainAttachment } from '../snapshot.js';
import { readClsact, readFilters } from './filters.js';
import type { LinuxMachine } from './linux-machine.js';
import type { TouchedDevice } from './plain-attachments.js';
import { readTcx } from './tcx-programs.js';
import { findXdpLink, readXdp } from './xdp-netlink.js';

/** What is on a device without a link. */
export interface ObservedDevice {
  /** In the order XDP, then of ingress and of egress TCX and filters. */
  readonly attachments: readonly PlainAttachment[];
  readonly clsact: boolean;
}

const NOTHING: ObservedDevice = { attachments: [], clsact: false };
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** Looks at a device, wherever it is. One that is gone, with its namespace maybe, has nothing. @throws KernelError */
export function observeDevice(machine: LinuxMachine, device: TouchedDevice): ObservedDevice {
  return visitDevice(machine, device, () => readDevice(machine, device)) ?? NOTHING;
}

/** Does something in the namespace of a device; `undefined` when that, or the device, is gone. @throws KernelError */
export function visitDevice<R>(machine: LinuxMachine, device: TouchedDevice, visit: () => R): R | undefined {
  try {
    if (device.netns === readOwnNetns()) return visit();
    for (const caller of machine.callers) {
      if (caller.identifyNetns() === device.netns) return caller.runAsHelper(visit);
    }
    if (device.path === undefined) return undefined;
    using netns = machine.openNetns(device.path);
    return fstatSync(netns.number).ino === device.netns ? runInNetns(netns.number, visit) : undefined;
  } catch (error) {
    if (error instanceof KernelError && (error.code === 'ENODEV' || error.code === 'ENOENT')) return undefined;
    throw error;
  }
}

function readDevice(machine: LinuxMachine, { netns, ifindex }: TouchedDevice): ObservedDevice {
  const place = {
    netns,
    ifindex,
    direction: undefined,
    mode: undefined,
    priority: undefined,
    handle: undefined,
  };
  const attachments: PlainAttachment[] = [];
  const xdp = readXdp(ifindex);
  if (xdp !== undefined && findXdpLink(machine, ifindex, netns, xdp.programId) === undefined)
    attachments.push({ ...place, via: 'netlink', ...xdp });
  for (const direction of DIRECTIONS) {
    for (const { programId, linkId } of readTcxPrograms(machine, ifindex, direction)) {
      if (linkId === undefined) attachments.push({ ...place, via: 'prog', programId, direction });
    }
    for (const { programId, priority, handle } of readFilters({ ifindex, direction })) {
      attachments.push({ ...place, via: 'filter', programId, direction, priority, handle });
    }
  }
  return { attachments, clsact: readClsact(ifindex) };
}

/** Who may not ask, as root of a user namespace, may not put anything there either. */
function readTcxPrograms(machine: LinuxMachine, ifindex: number, direction: Direction) {
  if (!machine.isAtLeast('6.6')) return [];
  try {
    return readTcx({ ifindex, direction }).programs;
  } catch (error) {
    if (error instanceof KernelError && error.code === 'EPERM') return [];
    throw error;
  }
}
