import { CStruct } from '../../native/c-struct.js';
import type { ObjectKind } from '../backend.js';
import { tryBpf } from './bpf-call.js';
import { KERNEL_MAP_TYPES } from './bpf-constants.js';
import { readLinkInfo } from './link-info.js';
import type { LinuxMachine } from './linux-machine.js';
import { findById } from './listing.js';
import { readMapInfo, readProgramInfo } from './object-info.js';
import { observeDevice } from './observe.js';

/** The ids of what is held by something that is known here. */
export type Reachable = Readonly<Record<ObjectKind, Set<number>>>;

/**
 * Finds what is held: by handles and pins; programs also by links, by attachments without a link, by extensions that were
 * loaded for them and by prog_arrays; maps also by programs.
 */
export function findReachable(machine: LinuxMachine): Reachable {
  const reachable: Reachable = { program: new Set(), map: new Set(), link: new Set() };
  for (const caller of machine.callers) for (const handle of caller.handles) reachable[handle.kind].add(handle.id);
  if (machine.bpffs.mount.isMounted) for (const { kind, id } of machine.bpffs.list()) reachable[kind].add(id);
  const arrays = new Set(reachable.map);
  for (const id of reachable.link) inspect('link', id, (fd) => addProgramsOfLink(fd, reachable));
  for (const device of machine.plain.all()) {
    for (const { programId } of observeDevice(machine, device).attachments) reachable.program.add(programId);
  }
  // A prog_array that only programs hold is emptied (kernel/bpf/arraymap.c, prog_array_map_clear).
  for (const id of arrays) inspect('map', id, (fd) => addProgramsOfArray(fd, reachable));
  for (const id of reachable.program) {
    const extended = machine.registry.program.get(id)?.extendedId;
    if (extended !== undefined) reachable.program.add(extended);
    inspect('program', id, (fd) => {
      for (const mapId of readProgramInfo(fd).mapIds) reachable.map.add(mapId);
    });
  }
  return reachable;
}

/** An extension's link also holds what it extends. */
function addProgramsOfLink(fd: number, { program }: Reachable): void {
  const { programId, type, traced } = readLinkInfo(fd);
  program.add(programId);
  if (type === 'extension' && traced !== undefined) program.add(traced.objectId);
}

function addProgramsOfArray(fd: number, { program }: Reachable): void {
  const info = readMapInfo(fd);
  if (info.kernelType !== KERNEL_MAP_TYPES.prog_array) return;
  for (let index = 0; index < info.maxEntries; index += 1) {
    const key = new CStruct(4).u32(0, index);
    const value = new CStruct(4);
    const attributes = new CStruct(32).u32(0, fd).pointer(8, key).pointer(16, value);
    if (tryBpf('MAP_LOOKUP_ELEM', attributes) >= 0) program.add(value.readU32(0));
  }
}

function inspect(kind: ObjectKind, id: number, look: (fd: number) => void): void {
  const opened = findById(kind, id);
  if (opened === undefined) return;
  using fd = opened;
  look(fd.number);
}
