import type { AttachSpec, DeviceRef, HookRef } from '../attach.js';
import type { KernelBackend, KnownProgram } from '../backend.js';
import type { LinkRef, ProgramRef, ProgramType } from '../objects.js';
import type { AttachCall, AttachVia, LinkCall, PinCall, ProgramCall } from '../points.js';

/** What a call on a program tells of itself; one that is not there goes by its id. */
export function describeProgramCall(backend: KernelBackend, ref: ProgramRef): ProgramCall {
  const program = backend.knowProgram(ref);
  return {
    name: program?.name ?? String(idOf(ref)),
    type: program?.type,
    programId: program?.programId ?? idOf(ref),
    dispatcher: program?.dispatcher ?? false,
  };
}

/** What a call on a link tells of itself; one that is not there goes by its id. */
export function describeLinkCall(backend: KernelBackend, ref: LinkRef): LinkCall {
  return (
    backend.knowLink(ref) ?? {
      name: String(idOf(ref)),
      linkId: idOf(ref),
      programId: 0,
      via: 'link',
      attachType: undefined,
      dispatcher: false,
      ifindex: undefined,
      direction: undefined,
    }
  );
}

/** What an attach with a link tells of itself. */
export function describeAttachCall(backend: KernelBackend, spec: AttachSpec): AttachCall {
  const program = backend.knowProgram(spec.program);
  const programId = idOf(spec.program);
  const { type } = spec;
  return {
    name: program?.name ?? String(programId),
    type: program?.type,
    programId,
    dispatcher: program?.dispatcher ?? false,
    via: 'link',
    attachType: type,
    ifindex: type === 'xdp' || type === 'tcx' ? spec.ifindex : undefined,
    direction: type === 'tcx' ? spec.direction : undefined,
    target: describeTarget(spec, program),
  };
}

/** The function, tracepoint, path or slot. */
function describeTarget(spec: AttachSpec, program: KnownProgram | undefined): string | undefined {
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
      return spec.target === undefined ? program?.target : spec.target.functionName;
    case 'fentry':
    case 'fexit':
    case 'lsm':
      return program?.target;
    default:
      return undefined;
  }
}

/** What a call that attaches without a link tells of itself. */
export function describePlainAttach(
  backend: KernelBackend,
  ref: ProgramRef,
  at: DeviceRef & Partial<HookRef>,
  via: AttachVia,
  attachType: ProgramType,
): AttachCall {
  const program = backend.knowProgram(ref);
  const programId = idOf(ref);
  return {
    name: program?.name ?? String(programId),
    type: program?.type,
    programId,
    dispatcher: program?.dispatcher ?? false,
    via,
    attachType,
    ifindex: at.ifindex,
    direction: at.direction,
    target: undefined,
  };
}

/** What a call that detaches something without a link tells of itself; nothing there goes by the device's index. */
export function describePlainDetach(
  program: KnownProgram | undefined,
  at: DeviceRef & Partial<HookRef>,
  via: AttachVia,
  attachType: ProgramType,
): LinkCall {
  return {
    name: program?.name ?? String(at.ifindex),
    linkId: undefined,
    programId: program?.programId ?? 0,
    via,
    attachType,
    dispatcher: program?.dispatcher ?? false,
    ifindex: at.ifindex,
    direction: at.direction,
  };
}

/** What a call on a path of a bpffs tells of itself: the name of the object that is pinned there, if one is. */
export function describePath(backend: KernelBackend, path: string): PinCall {
  const known = backend.knowPath(path);
  const name = known === undefined || known.kind === 'directory' ? lastPart(path) : known.name;
  return { name, path, kind: known?.kind };
}

export function describeDirectory(path: string): PinCall {
  return { name: lastPart(path), path, kind: 'directory' };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function idOf(ref: number | { readonly id: number }): number {
  return typeof ref === 'number' ? ref : ref.id;
}
