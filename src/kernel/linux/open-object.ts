import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { ObjectKind } from '../backend.js';
import { requireLinkInfo, requireMapInfo, requireProgramInfo } from './describe.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxLink, LinuxMap, LinuxProgram } from './linux-handle.js';
import { openById } from './object-ids.js';

/** @throws KernelError ENOENT, EPERM */
export function openProgramById(caller: LinuxCaller, id: number): LinuxProgram {
  return toProgram(
    caller,
    caller.run(() => openById('program', id, `open program ${id}`)),
  );
}

/** @throws KernelError ENOENT, EPERM, EAGAIN for one that is just being made */
export function openLinkById(caller: LinuxCaller, id: number): LinuxLink {
  return toLink(
    caller,
    caller.run(() => openById('link', id, `open link ${id}`)),
  );
}

/** @throws KernelError ENOENT, EPERM */
export function openMapById(caller: LinuxCaller, id: number): LinuxMap {
  return toMap(
    caller,
    caller.run(() => openById('map', id, `open map ${id}`)),
  );
}

/** A handle on what a descriptor refers to. */
export function toHandle(
  caller: LinuxCaller,
  kind: ObjectKind,
  fd: FileDescriptor,
): LinuxProgram | LinuxLink | LinuxMap {
  if (kind === 'program') return toProgram(caller, fd);
  return kind === 'map' ? toMap(caller, fd) : toLink(caller, fd);
}

function toProgram(caller: LinuxCaller, fd: FileDescriptor): LinuxProgram {
  return closeOnFailure(fd, () => new LinuxProgram(caller, fd, requireProgramInfo(caller.machine.registry, fd)));
}

function toLink(caller: LinuxCaller, fd: FileDescriptor): LinuxLink {
  return closeOnFailure(fd, () => new LinuxLink(caller, fd, requireLinkInfo(caller.machine.registry, fd)));
}

function toMap(caller: LinuxCaller, fd: FileDescriptor): LinuxMap {
  return closeOnFailure(fd, () => new LinuxMap(caller, fd, requireMapInfo(fd)));
}

function closeOnFailure<R>(fd: FileDescriptor, make: () => R): R {
  try {
    return make();
  } catch (error) {
    fd.close();
    throw error;
  }
}
