import type { ObjectKind } from '../../../kernel/backend.js';
import { MAX_ID } from '../../../kernel/ids.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';

const NEXT_ID = {
  program: 'bpf(BPF_PROG_GET_NEXT_ID)',
  map: 'bpf(BPF_MAP_GET_NEXT_ID)',
  link: 'bpf(BPF_LINK_GET_NEXT_ID)',
} as const;

/** `Kernel.next…Id`: kernel/bpf/syscall.c, bpf_obj_get_next_id; EINVAL comes before EPERM. */
export function nextId(caller: Caller, kind: ObjectKind, after: number): number {
  const action = `find the ${kind} after ${after}`;
  caller.requireSyscall(NEXT_ID[kind], action);
  if (after > MAX_ID) refuse('EINVAL', NEXT_ID[kind], action, 'Ids are below 2147483647');
  if (!caller.may.sysAdmin) refuse('EPERM', NEXT_ID[kind], action, 'Listing takes CAP_SYS_ADMIN');
  return caller.machine.table(kind).nextAfter(after) ?? refuse('ENOENT', NEXT_ID[kind], action, 'There is none');
}

/** `Kernel.programs`, `.links`, `.maps`: what is being freed has an id, but cannot be opened any more, and is left out. */
export function list<O extends { readonly references: number }, T>(
  caller: Caller,
  kind: ObjectKind,
  objects: () => readonly O[],
  describe: (object: O) => T,
): readonly T[] {
  const action = `list ${kind}s`;
  caller.requireSyscall(NEXT_ID[kind], action);
  if (!caller.may.sysAdmin) refuse('EPERM', NEXT_ID[kind], action, 'Listing takes CAP_SYS_ADMIN');
  return objects()
    .filter((object) => object.references > 0)
    .map(describe);
}
