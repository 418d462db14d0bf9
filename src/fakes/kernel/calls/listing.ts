import type { LinkId, LinkInfo, MapId, MapInfo, ProgramId, ProgramInfo } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { FakeLink, FakeMap, FakeProgram } from '../objects/handles.js';
import { describeLink, describeMap, describeProgram } from '../objects/kernel-objects.js';
import { checkNumber, Mistakes } from './mistakes.js';
import { refuse } from './refuse.js';

type Kind = 'program' | 'map' | 'link';

const NEXT_ID = {
  program: 'bpf(BPF_PROG_GET_NEXT_ID)',
  map: 'bpf(BPF_MAP_GET_NEXT_ID)',
  link: 'bpf(BPF_LINK_GET_NEXT_ID)',
} as const;

/** INT_MAX: kernel/bpf/syscall.c, bpf_obj_get_next_id. */
const INT_MAX = 2 ** 31 - 1;

/** `Kernel.programs`: those that are being freed have an id, but can no longer be opened, and are left out. */
export async function programs(caller: Caller): Promise<readonly ProgramInfo[]> {
  return list(caller, 'program', () => caller.machine.store.programs.values().filter(isAlive).map(describeProgram));
}

/** `Kernel.links` */
export async function links(caller: Caller): Promise<readonly LinkInfo[]> {
  return list(caller, 'link', () => caller.machine.store.links.values().filter(isAlive).map(describeLink));
}

/** `Kernel.maps` */
export async function maps(caller: Caller): Promise<readonly MapInfo[]> {
  return list(caller, 'map', () => caller.machine.store.maps.values().filter(isAlive).map(describeMap));
}

/** `Kernel.programById` */
export async function programById(caller: Caller, id: ProgramId): Promise<FakeProgram> {
  return get(caller, 'program', id, () => new FakeProgram(caller, caller.program(id, '', `open program ${id}`)));
}

/** `Kernel.linkById` */
export async function linkById(caller: Caller, id: LinkId): Promise<FakeLink> {
  return get(caller, 'link', id, () => new FakeLink(caller, caller.link(id, '', `open link ${id}`)));
}

/** `Kernel.mapById` */
export async function mapById(caller: Caller, id: MapId): Promise<FakeMap> {
  return get(caller, 'map', id, () => new FakeMap(caller, caller.map(id, '', `open map ${id}`)));
}

/** `Kernel.next…Id`: kernel/bpf/syscall.c, bpf_obj_get_next_id; EINVAL comes before EPERM. */
export async function nextId(caller: Caller, kind: Kind, after: number): Promise<number> {
  checkId(caller, `the next ${kind}`, after);
  const { machine } = caller;
  return caller.pass('kernel.get', { name: String(after), kind, id: after }, () => {
    const action = `find the ${kind} after ${after}`;
    caller.requireSyscall(NEXT_ID[kind], action);
    if (after >= INT_MAX) refuse('EINVAL', NEXT_ID[kind], action, 'Ids are below 2147483647');
    if (!caller.may.sysAdmin) refuse('EPERM', NEXT_ID[kind], action, 'Listing takes CAP_SYS_ADMIN');
    return machine.table(kind).nextAfter(after) ?? refuse('ENOENT', NEXT_ID[kind], action, 'There is none');
  });
}

async function list<T>(caller: Caller, kind: Kind, read: () => readonly T[]): Promise<readonly T[]> {
  caller.assertAlive(`listing ${kind}s`);
  return caller.pass('kernel.list', { name: `${kind}s`, kind, id: undefined }, () => {
    const action = `list ${kind}s`;
    caller.requireSyscall(NEXT_ID[kind], action);
    if (!caller.may.sysAdmin) refuse('EPERM', NEXT_ID[kind], action, 'Listing takes CAP_SYS_ADMIN');
    return read();
  });
}

async function get<T>(caller: Caller, kind: Kind, id: number, open: () => T): Promise<T> {
  checkId(caller, `${kind}ById`, id);
  return caller.pass('kernel.get', { name: String(id), kind, id }, open);
}

function checkId(caller: Caller, verb: string, id: number): void {
  caller.assertAlive(verb);
  const mistakes = new Mistakes();
  checkNumber(mistakes, 'id', id, 0, 2 ** 32 - 1);
  mistakes.throwIfAny(verb);
}

function isAlive(object: { readonly references: number }): boolean {
  return object.references > 0;
}
