import { TimeoutError } from '../../core/errors.js';
import { ScopeError, type TeardownFailure } from '../../core/scope-error.js';
import { until } from '../../core/until.js';
import { encodeDeleteFilter } from '../../netns/netlink/filters.js';
import { encodeDeleteClsact } from '../../netns/netlink/qdiscs.js';
import { encodeSetXdp } from '../../netns/netlink/xdp.js';
import type { ObjectKind } from '../backend.js';
import { refuse } from '../refuse.js';
import type { PlainAttachment } from '../snapshot.js';
import { bpf } from './bpf-call.js';
import { TCX_ATTACH_TYPES } from './bpf-constants.js';
import type { LinuxMachine } from './linux-machine.js';
import { findById, isListed } from './listing.js';
import { withNetlink } from './netlink.js';
import { observeDevice, visitDevice } from './observe.js';
import type { TouchedDevice } from './plain-attachments.js';
import { encodeHookCall } from './tcx-programs.js';

/** How long the kernel may take to free, from a work queue, what only a pin held. */
const FREEING_TIMEOUT_MS = 1000;
const KINDS: readonly ObjectKind[] = ['link', 'program', 'map'];

/** Undoes everything that was done on a machine. @throws ScopeError with every failure */
export async function cleanUp(machine: LinuxMachine): Promise<void> {
  const failures: TeardownFailure[] = [];
  const attempt = (label: string, step: () => void): void => {
    try {
      step();
    } catch (error) {
      failures.push({ label, error });
    }
  };
  // First of all, so that there are descriptors to work with, and so that what a link holds is no longer in the way.
  for (const caller of machine.callers) caller.closeHandles();
  for (const device of machine.plain.all()) undoDevice(machine, device, attempt);
  machine.plain.clear();
  removePins(machine, attempt);
  for (const caller of [...machine.callers]) attempt('a process', () => caller.exit());
  attempt('its mounts', () => machine.closeMounts());
  await waitForFreeing(machine);
  if (failures.length > 0) throw new ScopeError({ subject: 'LinuxKernel', failures });
}

type Attempt = (label: string, step: () => void) => void;

/** Takes off what is still as it was put on. */
function undoDevice(machine: LinuxMachine, device: TouchedDevice, attempt: Attempt): void {
  attempt(`interface ${device.ifindex}`, () => {
    const { attachments, clsact } = observeDevice(machine, device);
    const isOwn = ({ programId }: PlainAttachment): boolean =>
      device.programIds.has(programId) || machine.registry.program.has(programId);
    for (const attachment of attachments.filter(isOwn)) {
      attempt(describe(attachment), () => visitDevice(machine, device, () => takeOff(attachment)));
    }
    if (!clsact || !device.clsact) return;
    attempt(`clsact of interface ${device.ifindex}`, () => {
      if (attachments.some((each) => each.via === 'filter' && !isOwn(each))) {
        refuse(
          'EBUSY',
          'netlink(RTM_DELQDISC)',
          `delete clsact of interface ${device.ifindex}`,
          'It has filters of others',
        );
      }
      const request = encodeDeleteClsact({ ifindex: device.ifindex });
      visitDevice(machine, device, () => withNetlink((netlink) => netlink.request(request)));
    });
  });
}

/** Takes an attachment off in this namespace. */
function takeOff({ via, programId, ifindex, direction, mode, priority, handle }: PlainAttachment): void {
  if (via === 'filter') {
    if (direction === undefined || priority === undefined || handle === undefined) return;
    const request = encodeDeleteFilter({ ifindex, direction, priority, handle });
    withNetlink((netlink) => netlink.request(request));
    return;
  }
  const opened = findById('program', programId);
  if (opened === undefined) return;
  using fd = opened;
  if (via === 'prog' && direction !== undefined) {
    const call = { ifindex, programFd: fd.number, attachType: TCX_ATTACH_TYPES[direction], flags: 0 };
    const attributes = encodeHookCall({ ...call, replacedFd: 0, relative: 0, expectedRevision: 0 });
    bpf('PROG_DETACH', attributes, `detach from TCX ${direction} of interface ${ifindex}`);
  } else {
    const expected = { expectedFd: fd.number, ...(mode === undefined ? {} : { mode }) };
    const request = encodeSetXdp({ ifindex, programFd: -1, ...expected });
    withNetlink((netlink) => netlink.request(request));
  }
}

/** The pins on a bpffs of its own go with it; on another, those of what was made here, and the directories. */
function removePins({ bpffs, registry }: LinuxMachine, attempt: Attempt): void {
  if (bpffs.mount.isPrivate || !bpffs.exists(bpffs.mount.path)) return;
  attempt(`pins below ${bpffs.mount.path}`, () => {
    for (const { path, kind, id } of bpffs.list()) {
      if (registry.has(kind, id)) attempt(`pin ${path}`, () => bpffs.unpin(path));
    }
  });
  for (const path of [...bpffs.mount.made].reverse()) {
    attempt(`directory ${path}`, () => {
      if (bpffs.exists(path) && bpffs.readdir(path).length === 0) bpffs.rmdir(path);
    });
  }
}

/** What someone else still holds stays; there is nothing to wait for then, and nothing to be done. */
async function waitForFreeing({ registry }: LinuxMachine): Promise<void> {
  if (!mayList()) return;
  const isFreed = (): boolean => KINDS.every((kind) => !registry.ids(kind).some((id) => isListed(kind, id)));
  try {
    await until(isFreed, { timeoutMs: FREEING_TIMEOUT_MS, intervalMs: 1 });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  }
}

/** It takes CAP_SYS_ADMIN, without which nobody can see what is left. */
function mayList(): boolean {
  try {
    isListed('program', 1);
    return true;
  } catch {
    return false;
  }
}

function describe({ via, programId, ifindex }: PlainAttachment): string {
  const kind = { netlink: 'XDP', prog: 'TCX program', filter: 'filter' }[via];
  return `${kind} ${programId} on interface ${ifindex}`;
}
