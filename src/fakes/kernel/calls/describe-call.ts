import type { LinkRef, ProgramRef } from '../../../kernel/objects.js';
import type { LinkCall, ProgramCall } from '../../../kernel/points.js';
import type { Caller } from '../caller.js';
import { Handle } from '../objects/handles.js';
import type { LinkObject, ProgramObject, StoredObject } from '../objects/kernel-objects.js';

/** The object of a reference, without asking whether the caller may use it: for what a call tells of itself. */
function peek(caller: Caller, ref: number | object, kind: 'program' | 'link'): StoredObject | undefined {
  if (typeof ref === 'number') return caller.machine.table(kind).get(ref);
  return Handle.isHandle(ref) ? Handle.objectOf(ref) : undefined;
}

export function peekProgram(caller: Caller, ref: ProgramRef): ProgramObject | undefined {
  const object = peek(caller, ref, 'program');
  return object?.kind === 'program' ? object : undefined;
}

export function peekLink(caller: Caller, ref: LinkRef): LinkObject | undefined {
  const object = peek(caller, ref, 'link');
  return object?.kind === 'link' ? object : undefined;
}

/** A program that is not there goes by its id. */
export function describeProgramCall(caller: Caller, ref: ProgramRef): ProgramCall {
  const program = peekProgram(caller, ref);
  return {
    name: program?.name ?? nameRef(ref),
    type: program?.type,
    programId: program?.id ?? idOf(ref),
    dispatcher: program?.isDispatcher ?? false,
  };
}

/** A link that is not there goes by its id. */
export function describeLinkCall(caller: Caller, ref: LinkRef): LinkCall {
  const link = peekLink(caller, ref);
  return {
    name: link?.name ?? nameRef(ref),
    linkId: link?.id ?? idOf(ref),
    programId: link?.program.id ?? 0,
    via: 'link',
    attachType: link?.type,
    dispatcher: link?.program.isDispatcher ?? false,
    ifindex: link?.hook?.ifindex,
    direction: link?.direction,
  };
}

function idOf(ref: number | { readonly id: number }): number {
  return typeof ref === 'number' ? ref : ref.id;
}

function nameRef(ref: number | { readonly id: number }): string {
  return String(idOf(ref));
}
