import { KernelError } from '../../core/kernel-error.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { ObjectKind } from '../backend.js';
import type { LinkInfo, MapInfo, ProgramInfo } from '../objects.js';
import { refuse } from '../refuse.js';
import { describeLink, describeMap, describeProgram } from './describe.js';
import { readLinkInfo } from './link-info.js';
import type { LinuxCaller } from './linux-caller.js';
import type { LinuxMachine } from './linux-machine.js';
import { findNextId, getNextId, openById } from './object-ids.js';
import { readMapInfo, readProgramInfo } from './object-info.js';

/** All programs that are shown, in the order of their ids. @throws KernelError EPERM without CAP_SYS_ADMIN */
export function listPrograms(machine: LinuxMachine): readonly ProgramInfo[] {
  return list(machine, 'program', (fd) => describeProgram(machine.registry, readProgramInfo(fd)));
}

/** @throws KernelError EPERM */
export function listLinks(machine: LinuxMachine): readonly LinkInfo[] {
  return list(machine, 'link', (fd) => describeLink(machine.registry, readLinkInfo(fd)));
}

/**
 * Those that were made here are described without being opened. Linux loses count of a prog_array that only a program
 * holds when it is opened and closed twice in quick succession (kernel/bpf/arraymap.c, prog_array_map_clear takes a
 * reference for work that may be queued already), and never frees it.
 *
 * @throws KernelError EPERM
 */
export function listMaps(machine: LinuxMachine): readonly MapInfo[] {
  return shownIds(machine, 'map').flatMap((id) => {
    const known = machine.registry.map.get(id)?.info;
    if (known === undefined) {
      using opened = findById('map', id);
      return (opened && describeMap(readMapInfo(opened.number))) ?? [];
    }
    if (isListed('map', id)) return known;
    forgetIfGone(machine, 'map', id);
    return [];
  });
}

/** `Kernel.next…Id`, of what is shown. @throws KernelError ENOENT at the end, EINVAL, EPERM */
export function nextShownId({ machine }: LinuxCaller, kind: ObjectKind, after: number): number {
  const action = `find the ${kind} after ${after}`;
  const first = getNextId(kind, after, action);
  if (machine.visibility === 'host') return first;
  const { registry } = machine;
  // From here on it is known that one may ask; those in between are others'.
  for (const id of registry.ids(kind)) {
    if (id >= first && findNextId(kind, id - 1, action) === id) return id;
  }
  return refuse('ENOENT', `bpf(BPF_${NAMES[kind]}_GET_NEXT_ID)`, action, 'There is none');
}

const NAMES = { program: 'PROG', map: 'MAP', link: 'LINK' } as const;

/** The ids of what is shown and has one, though it may be about to be freed. @throws KernelError EPERM */
export function shownIds(machine: LinuxMachine, kind: ObjectKind): readonly number[] {
  const action = `list ${kind}s`;
  const first = findNextId(kind, 0, action);
  if (first === undefined) return [];
  if (machine.visibility === 'own') return machine.registry.ids(kind);
  const ids: number[] = [];
  for (let id: number | undefined = first; id !== undefined; id = findNextId(kind, id, action)) ids.push(id);
  return ids;
}

/** Those that are being freed have an id, but can no longer be opened, and are left out. */
function list<T>(machine: LinuxMachine, kind: ObjectKind, describe: (fd: number) => T | undefined): readonly T[] {
  const found: T[] = [];
  for (const id of shownIds(machine, kind)) {
    const opened = findById(kind, id);
    if (opened === undefined) {
      forgetIfGone(machine, kind, id);
      continue;
    }
    using fd = opened;
    const description = describe(fd.number);
    if (description !== undefined) found.push(description);
  }
  return found;
}

/** Whether an id is given out, though it may be about to be freed. @throws KernelError EPERM */
export function isListed(kind: ObjectKind, id: number): boolean {
  return findNextId(kind, id - 1, `look for ${kind} ${id}`) === id;
}

function forgetIfGone({ registry, settling }: LinuxMachine, kind: ObjectKind, id: number): void {
  if (isListed(kind, id)) return;
  registry.markGone(kind, id);
  if (kind === 'link') settling.noteGone(id);
}

/** Opens an object, if it is there. @throws KernelError EPERM */
export function findById(kind: ObjectKind, id: number): FileDescriptor | undefined {
  try {
    return openById(kind, id, `open ${kind} ${id}`);
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
