import type { AttachSpec, UpdateLinkOptions } from '../../../kernel/attach.js';
import type { LinkRef, ProgramRef } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import { isDeviceLink } from '../hooks/link-hook.js';
import { BPF_F_REPLACE } from '../hooks/tcx-flags.js';
import { refuseUpdate } from '../hooks/trampolines.js';
import { FakeLink, Handle } from '../objects/handles.js';
import { createLink, isPerfSpec, LINK_CREATE, openPerfEvent } from './link-create.js';
import { removePin } from './pins.js';

/** `Kernel.attach` */
export function attach(caller: Caller, spec: AttachSpec): FakeLink {
  const { store, events } = caller.machine;
  const action = `attach as ${spec.type}`;
  if (isPerfSpec(spec)) openPerfEvent(caller, spec, action);
  caller.requireSyscall(LINK_CREATE, action);
  const program = caller.program(spec.program, LINK_CREATE, action);
  const link = createLink(caller, program, spec);
  store.links.add(link);
  store.hold(program, 'kernel');
  if (link.extended !== undefined) store.hold(link.extended, 'kernel');
  // Only now, since the link may have taken over the last reference (kernel/bpf/syscall.c, bpf_tracing_prog_attach).
  if (program.loadTarget !== undefined) {
    store.release(program.loadTarget.program, 'kernel');
    program.loadTarget = undefined;
  }
  if (events.listenerCount('attach') > 0) store.emitLink('attach', link);
  return new FakeLink(caller, link);
}

/** `Kernel.detach`: pins first, then handles. Freed from the work queue when the last of them was a pin. */
export function detach(caller: Caller, ref: LinkRef): void {
  const link = caller.link(ref, 'close', nameAction('detach', ref));
  for (const pin of link.pins.slice()) removePin(caller, pin);
  for (const handle of link.listHandles()) if (Handle.callerOf(handle) === caller) handle.giveUp();
}

/** `Kernel.forceDetach`: kernel/bpf/syscall.c, link_detach. Again on a defunct link it does nothing. */
export function forceDetach(caller: Caller, ref: LinkRef): void {
  const syscall = 'bpf(BPF_LINK_DETACH)';
  const action = nameAction('force the detach of', ref);
  caller.requireSyscall(syscall, action);
  const link = caller.link(ref, syscall, action);
  if (!isDeviceLink(link))
    refuse('EOPNOTSUPP', syscall, action, `Links of type ${link.type} are detached by closing them`);
  caller.machine.store.takeOff(link);
}

/** `Kernel.updateLink`: kernel/bpf/syscall.c, link_update. */
export function updateLink(caller: Caller, ref: LinkRef, programRef: ProgramRef, options: UpdateLinkOptions): void {
  const syscall = 'bpf(BPF_LINK_UPDATE)';
  const action = nameAction('update', ref);
  const { expected: expectedRef, replace = expectedRef !== undefined } = options;
  const flags = (options.flags ?? 0) | (replace ? BPF_F_REPLACE : 0);
  caller.openIds('link', action, ref);
  caller.openIds('program', action, programRef, expectedRef);
  caller.requireSyscall(syscall, action);
  if ((flags & ~BPF_F_REPLACE) !== 0) refuse('EINVAL', syscall, action, `flags ${flags} are not for an update`);
  const link = caller.link(ref, syscall, action);
  const program = caller.program(programRef, syscall, action);
  if (flags === 0 && expectedRef !== undefined)
    refuse('EINVAL', syscall, action, 'An expected program needs BPF_F_REPLACE');
  if (flags !== 0 && expectedRef === undefined) refuse('EINVAL', syscall, action, 'BPF_F_REPLACE names no program');
  const expected = expectedRef === undefined ? undefined : caller.program(expectedRef, syscall, action);
  if (!isDeviceLink(link)) refuseUpdate(link);
  if (link.hook === undefined)
    refuse('ENOLINK', syscall, action, 'Its device is gone, or it was detached: attach anew');
  link.hook.replace(link, program, expected);
  if (link.program === program) return;
  const old = link.program;
  caller.machine.store.hold(program, 'kernel');
  link.program = program;
  caller.machine.store.release(old, 'kernel');
}

function nameAction(verb: string, ref: LinkRef): string {
  return `${verb} link ${typeof ref === 'number' ? ref : ref.id}`;
}
