import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { DeviceRef, FilterRef } from '../attach.js';
import type { KernelBackend, KnownLink, KnownProgram, ObjectKind } from '../backend.js';
import type { KernelObject, LinkInfo, LinkRef, ProgramRef } from '../objects.js';
import { requireLinkInfo, requireProgramInfo } from './describe.js';
import { readFilters } from './filters.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxLink, LinuxProgram } from './linux-handle.js';
import type { LinuxMachine } from './linux-machine.js';
import { findById } from './listing.js';
import { readMapInfo, readProgramInfo } from './object-info.js';
import { readXdp } from './xdp-netlink.js';

// What calls tell of themselves: each looks without asking whether the caller may, and never fails.

export function knowProgram({ machine }: LinuxCaller, ref: ProgramRef): KnownProgram | undefined {
  if (typeof ref === 'number') return attempt(() => readProgram(machine, ref));
  if (!(ref instanceof LinuxProgram)) return undefined;
  return tellOf(machine, ref.id) ?? { name: ref.name, type: ref.type, programId: ref.id, dispatcher: false };
}

export function knowLink({ machine }: LinuxCaller, ref: LinkRef): KnownLink | undefined {
  if (typeof ref === 'number') return attempt(() => readLink(machine, ref));
  if (!(ref instanceof LinuxLink)) return undefined;
  return attempt(() => readLink(machine, ref.id)) ?? describeGoneLink(machine, ref);
}

/** A link goes by the name of its program. */
export function knowName({ machine }: LinuxCaller, object: KernelObject): string {
  if (object.kind !== 'link') return object.name;
  const known = attempt(() => readLink(machine, object.id)) ?? describeGoneLink(machine, object);
  return known.name;
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

/** What is known of a program that was loaded here, and may be gone by now. */
function tellOf({ registry }: LinuxMachine, id: number): KnownProgram | undefined {
  const record = registry.program.get(id);
  if (record === undefined) return undefined;
  const { name, type, dispatcher, target } = record;
  return { name, type, programId: id, dispatcher, target };
}

function readProgram(machine: LinuxMachine, id: number): KnownProgram | undefined {
  const opened = findById('program', id);
  if (opened === undefined) return undefined;
  using fd = opened;
  const known = tellOf(machine, id);
  if (known !== undefined) return known;
  const { name, type } = requireProgramInfo(machine.registry, fd);
  return { name, type, programId: id, dispatcher: false };
}

function readLink(machine: LinuxMachine, id: number): KnownLink | undefined {
  const { registry } = machine;
  const opened = findById('link', id);
  if (opened === undefined) return undefined;
  using fd = opened;
  return describeKnownLink(machine, requireLinkInfo(registry, fd));
}

/** A link that is no more goes by the program that it had last. */
function describeGoneLink(machine: LinuxMachine, link: LinkInfo): KnownLink {
  const programId = machine.registry.link.get(link.id)?.programId ?? link.programId;
  return { ...describeKnownLink(machine, { ...link, programId }), ifindex: undefined };
}

function describeKnownLink(machine: LinuxMachine, link: LinkInfo): KnownLink {
  const { id, programId, type, ifindex, direction } = link;
  const program = tellOf(machine, programId) ?? attempt(() => readProgram(machine, programId));
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
  return describeKnownLink(machine, requireLinkInfo(machine.registry, fd)).name;
}

function attempt<R>(look: () => R): R | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
