import type { DeviceRef, FilterRef } from '../../../kernel/attach.js';
import type { KernelBackend, KnownLink, KnownProgram, ObjectKind } from '../../../kernel/backend.js';
import type { KernelObject, LinkRef, ProgramRef } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import type { DeviceHooks } from '../hooks/device-hooks.js';
import { Handle } from '../objects/handles.js';
import type { LinkObject, ProgramObject, StoredObject } from '../objects/kernel-objects.js';

// What calls tell of themselves: each looks without asking whether the caller may, and never fails.

/** The object of a reference. */
function peek(caller: Caller, ref: number | object, kind: ObjectKind): StoredObject | undefined {
  if (typeof ref === 'number') return caller.machine.table(kind).get(ref);
  return Handle.isHandle(ref) ? Handle.objectOf(ref) : undefined;
}

export function knowProgram(caller: Caller, ref: ProgramRef): KnownProgram | undefined {
  const object = peek(caller, ref, 'program');
  return object?.kind === 'program' ? describe(object) : undefined;
}

export function knowLink(caller: Caller, ref: LinkRef): KnownLink | undefined {
  const object = peek(caller, ref, 'link');
  return object?.kind === 'link' ? describeLink(object) : undefined;
}

/** A link goes by the name of its program. */
export function knowName(object: KernelObject): string {
  return Handle.isHandle(object) ? Handle.objectOf(object).name : String(object.id);
}

export function knowPath(caller: Caller, path: string): ReturnType<KernelBackend['knowPath']> {
  const node = caller.machine.bpffs.peek(path);
  if (node === undefined) return undefined;
  return node.kind === 'pin' ? { kind: node.object.kind, name: node.object.name } : { kind: 'directory', name: '' };
}

export function knowXdp(caller: Caller, device: DeviceRef): KnownProgram | undefined {
  const occupant = peekHooks(caller, device)?.xdp.occupant;
  return occupant === undefined ? undefined : describe(occupant.program);
}

export function knowFilter(caller: Caller, ref: FilterRef): KnownProgram | undefined {
  const entry = peekHooks(caller, ref)?.filters[ref.direction].entries.find(
    ({ priority, handle }) => priority === ref.priority && (ref.handle === undefined || handle === ref.handle),
  );
  return entry === undefined ? undefined : describe(entry.program);
}

function describe({ id, name, type, isDispatcher, facts }: ProgramObject): KnownProgram {
  return {
    name,
    type,
    programId: id,
    dispatcher: isDispatcher,
    target: facts.target === undefined ? facts.attachTo : facts.target.functionName,
  };
}

function describeLink({ id, name, type, program, hook, direction }: LinkObject): KnownLink {
  return {
    name,
    linkId: id,
    programId: program.id,
    via: 'link',
    attachType: type,
    dispatcher: program.isDispatcher,
    ifindex: hook?.ifindex,
    direction,
  };
}

function peekHooks(caller: Caller, ref: DeviceRef): DeviceHooks | undefined {
  try {
    const device = caller.device(ref);
    return device === undefined ? undefined : caller.machine.hooks.find(device);
  } catch {
    // The namespace is gone: the call itself will say so.
    return undefined;
  }
}
