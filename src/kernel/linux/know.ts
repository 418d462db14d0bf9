import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { DeviceRef, FilterRef } from '../attach.js';
import type { KernelBackend, KnownLink, KnownProgram, ObjectKind } from '../backend.js';
import type { KernelObject, LinkRef, ProgramRef } from '../objects.js';
import { requireLinkInfo, requireProgramInfo } from './describe.js';
import { readFilters } from './filters.js';
import { readLinkInfo } from './link-info.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxHandle } from './linux-handle.js';
import type { LinuxMachine } from './linux-machine.js';
import { findById } from './listing.js';
import { readMapInfo, readProgramInfo } from './object-info.js';
import { readXdp } from './xdp-netlink.js';

// What calls tell of themselves: each looks without asking whether the caller may, and never fails.

export function knowProgram({ machine }: LinuxCaller, ref: ProgramRef): KnownProgram | undefined {
  const id = idOf(ref, 'program');
  return id === undefined ? undefined : attempt(() => readProgram(machine, id));
}

export function knowLink({ machine }: LinuxCaller, ref: LinkRef): KnownLink | undefined {
  const id = idOf(ref, 'link');
  return id === undefined ? undefined : attempt(() => readLink(machine, id));
}

/** A link goes by the name of its program. */
export function knowName({ machine }: LinuxCaller, object: KernelObject): string {
  if (object.kind !== 'link') return object.name;
  return machine.registry.link.get(object.id)?.name ?? String(object.id);
}

export function knowPath({ machine }: LinuxCaller, path: string): ReturnType<KernelBackend['knowPath']> {
  const { bpffs } = machine;
  if (!bpffs.mount.isMounted || !attempt(() => bpffs.exists(path))) return undefined;
  return (
    attempt(() => {
      const { fd, kind } = bpffs.open(path);
      using opened = fd;
      return { kind, name: readName(machine, kind, opened) };
    }) ?? { kind: 'directory', name: path.slice(path.lastIndexOf('/') + 1) }
  );
}

export function knowXdp(caller: LinuxCaller, { ifindex, netns }: DeviceRef): KnownProgram | undefined {
  return attempt(() => {
    const occupant = caller.runAsHelper(() => readXdp(ifindex), netns);
    return occupant === undefined ? undefined : readProgram(caller.machine, occupant.programId);
  });
}

export function knowFilter(caller: LinuxCaller, { priority, handle, ...hook }: FilterRef): KnownProgram | undefined {
  return attempt(() => {
    const found = caller
      .runAsHelper(() => readFilters(hook), hook.netns)
      .find((filter) => filter.priority === priority && (handle === undefined || filter.handle === handle));
    return found === undefined ? undefined : readProgram(caller.machine, found.programId);
  });
}

function idOf(ref: number | object, kind: KernelObject['kind']): number | undefined {
  if (typeof ref === 'number') return ref;
  return LinuxHandle.isHandle(ref) && ref.kind === kind ? ref.id : undefined;
}

/** Of a program that was loaded here nothing need be asked. */
function readProgram({ registry }: LinuxMachine, id: number): KnownProgram | undefined {
  const record = registry.program.get(id);
  if (record !== undefined) {
    const { name, type, dispatcher, target } = record;
    return { name, type, programId: id, dispatcher, target };
  }
  const opened = findById('program', id);
  if (opened === undefined) return undefined;
  using fd = opened;
  const { name, type } = requireProgramInfo(registry, fd);
  return { name, type, programId: id, dispatcher: false };
}

function readLink(machine: LinuxMachine, id: number): KnownLink | undefined {
  const { registry } = machine;
  const opened = findById('link', id);
  if (opened === undefined) return undefined;
  using fd = opened;
  const { programId, type, ifindex, direction } = requireLinkInfo(registry, fd);
  const program = attempt(() => readProgram(machine, programId));
  return {
    name: program?.name ?? String(id),
    linkId: id,
    programId,
    via: 'link',
    attachType: type,
    dispatcher: program?.dispatcher ?? false,
    ifindex: ifindex === 0 ? undefined : ifindex,
    direction,
  };
}

function readName(machine: LinuxMachine, kind: ObjectKind, fd: FileDescriptor): string {
  if (kind === 'program') return readProgramInfo(fd.number).name;
  if (kind === 'map') return readMapInfo(fd.number).name;
  const { id } = readLinkInfo(fd.number);
  return machine.registry.link.get(id)?.name ?? String(id);
}

function attempt<R>(look: () => R): R | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
