import { checkOptions } from '../../../core/check-options.js';
import { quote } from '../../../core/errors.js';
import type { AttachSpec, UpdateLinkOptions } from '../../../kernel/attach.js';
import { type LinkRef, PROGRAM_TYPES, type ProgramRef } from '../../../kernel/objects.js';
import type { AttachCall } from '../../../kernel/points.js';
import type { Caller } from '../caller.js';
import { isDeviceLink } from '../hooks/link-hook.js';
import { refuseUpdate } from '../hooks/trampolines.js';
import { FakeLink, Handle } from '../objects/handles.js';
import type { LinkObject } from '../objects/kernel-objects.js';
import { checkDevice, checkHook, checkPosition, checkRef, checkTarget, requireObject } from './checks.js';
import { describeLinkCall, peekProgram } from './describe-call.js';
import { createLink, LINK_CREATE } from './link-create.js';
import { removePin } from './load.js';
import { checkChoice, checkNumber, checkText, Mistakes } from './mistakes.js';
import { refuse } from './refuse.js';

const LINK_TYPES = PROGRAM_TYPES.filter((type) => type !== 'tc');

/** `Kernel.attach` */
export async function attach(caller: Caller, spec: AttachSpec): Promise<FakeLink> {
  caller.assertAlive('attach');
  checkAttachSpec(caller, spec);
  return caller.pass('kernel.attach', describeAttachCall(caller, spec), () => attachLink(caller, spec));
}

/** Attaches with a link. @throws KernelError */
export function attachLink(caller: Caller, spec: AttachSpec): FakeLink {
  const { store, events } = caller.machine;
  const action = `attach as ${spec.type}`;
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
export async function detach(caller: Caller, ref: LinkRef): Promise<void> {
  checkLinkRef(caller, 'detach', ref);
  return caller.pass('kernel.detach', describeLinkCall(caller, ref), () => {
    const link = caller.link(ref, 'close', nameAction('detach', ref));
    for (const pin of link.pins.slice()) removePin(caller, pin);
    for (const handle of link.listHandles()) if (Handle.callerOf(handle) === caller) handle.giveUp();
  });
}

/** `Kernel.forceDetach`: kernel/bpf/syscall.c, link_detach. Again on a defunct link it does nothing. */
export async function forceDetach(caller: Caller, ref: LinkRef): Promise<void> {
  checkLinkRef(caller, 'forceDetach', ref);
  return caller.pass('kernel.forceDetach', describeLinkCall(caller, ref), () => {
    const syscall = 'bpf(BPF_LINK_DETACH)';
    const action = nameAction('force the detach of', ref);
    caller.requireSyscall(syscall, action);
    const link = caller.link(ref, syscall, action);
    if (!isDeviceLink(link))
      refuse('EOPNOTSUPP', syscall, action, `Links of type ${link.type} are detached by closing them`);
    caller.machine.store.takeOff(link);
  });
}

/** `Kernel.updateLink`: kernel/bpf/syscall.c, link_update. */
export async function updateLink(
  caller: Caller,
  ref: LinkRef,
  programRef: ProgramRef,
  options: UpdateLinkOptions,
): Promise<void> {
  caller.assertAlive('updateLink');
  checkOptions('updateLink', options);
  const mistakes = new Mistakes();
  checkRef(mistakes, caller, 'link', ref, 'link');
  checkRef(mistakes, caller, 'program', programRef, 'program');
  if (options.expected !== undefined) checkRef(mistakes, caller, 'expected', options.expected, 'program');
  mistakes.throwIfAny('updateLink');
  const newProgramId = typeof programRef === 'number' ? programRef : programRef.id;
  const call = { ...describeLinkCall(caller, ref), newProgramId };
  return caller.pass('kernel.updateLink', call, () => {
    const syscall = 'bpf(BPF_LINK_UPDATE)';
    const action = nameAction('update', ref);
    caller.requireSyscall(syscall, action);
    const link = caller.link(ref, syscall, action);
    const program = caller.program(programRef, syscall, action);
    const expected = options.expected === undefined ? undefined : caller.program(options.expected, syscall, action);
    if (!isDeviceLink(link)) refuseUpdate(link);
    if (link.hook === undefined)
      return refuse('ENOLINK', syscall, action, 'Its device is gone, or it was detached: attach anew');
    link.hook.replace(link, program, expected);
    if (link.program === program) return;
    const old = link.program;
    caller.machine.store.hold(program, 'kernel');
    link.program = program;
    caller.machine.store.release(old, 'kernel');
  });
}

function describeAttachCall(caller: Caller, spec: AttachSpec): AttachCall {
  const program = peekProgram(caller, spec.program);
  const id = typeof spec.program === 'number' ? spec.program : spec.program.id;
  const { type } = spec;
  return {
    name: program?.name ?? String(id),
    type: program?.type,
    programId: id,
    dispatcher: program?.isDispatcher ?? false,
    via: 'link',
    attachType: type,
    ifindex: type === 'xdp' || type === 'tcx' ? spec.ifindex : undefined,
    direction: type === 'tcx' ? spec.direction : undefined,
    target: describeTarget(caller, spec),
  };
}

/** The function, tracepoint, path or slot. */
function describeTarget(caller: Caller, spec: AttachSpec): string | undefined {
  switch (spec.type) {
    case 'tracepoint':
      return `${spec.category}:${spec.name}`;
    case 'kprobe':
    case 'kretprobe':
      return spec.functionName;
    case 'uprobe':
    case 'uretprobe':
      return spec.path;
    case 'extension':
      return (spec.target ?? peekProgram(caller, spec.program)?.facts.target)?.functionName;
    case 'fentry':
    case 'fexit':
    case 'lsm':
      return peekProgram(caller, spec.program)?.facts.attachTo;
    default:
      return undefined;
  }
}

/** @throws UsageError with every mistake */
export function checkAttachSpec(caller: Caller, spec: AttachSpec): void {
  requireObject('attach', spec);
  const mistakes = new Mistakes();
  const { type } = spec;
  checkChoice(mistakes, 'type', type, LINK_TYPES);
  checkRef(mistakes, caller, 'program', spec.program, 'program');
  switch (type) {
    case 'xdp':
      checkDevice(mistakes, spec);
      if (spec.mode !== undefined) checkChoice(mistakes, 'mode', spec.mode, ['native', 'generic', 'offload']);
      break;
    case 'tcx':
      checkHook(mistakes, spec);
      checkPosition(mistakes, caller, spec);
      break;
    case 'tracepoint':
      checkText(mistakes, 'category', spec.category);
      checkText(mistakes, 'name', spec.name);
      break;
    case 'kprobe':
    case 'kretprobe':
      checkText(mistakes, 'functionName', spec.functionName);
      if (spec.offset !== undefined) checkNumber(mistakes, 'offset', spec.offset, 0, Number.MAX_SAFE_INTEGER);
      break;
    case 'uprobe':
    case 'uretprobe':
      checkText(mistakes, 'path', spec.path);
      if (spec.offset !== undefined) checkNumber(mistakes, 'offset', spec.offset, 0, Number.MAX_SAFE_INTEGER);
      if (spec.pid !== undefined) checkNumber(mistakes, 'pid', spec.pid, 1, 2 ** 22);
      break;
    case 'extension':
      if (spec.target !== undefined) checkTarget(mistakes, caller, 'target', spec.target);
      break;
    default:
  }
  mistakes.throwIfAny(`attach ${quote(type)}`);
}

function checkLinkRef(caller: Caller, verb: string, ref: LinkRef): void {
  caller.assertAlive(verb);
  const mistakes = new Mistakes();
  checkRef(mistakes, caller, 'link', ref, 'link');
  mistakes.throwIfAny(verb);
}

function nameAction(verb: string, ref: number | Pick<LinkObject, 'id'>): string {
  return `${verb} link ${typeof ref === 'number' ? ref : ref.id}`;
}
