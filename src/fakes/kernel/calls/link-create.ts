import type { ErrnoName } from '../../../core/errno.js';
import { quote } from '../../../core/errors.js';
import type {
  AttachSpec,
  ExtensionAttachSpec,
  KprobeAttachSpec,
  TcxAttachSpec,
  TracepointAttachSpec,
  TracingAttachSpec,
  UprobeAttachSpec,
  XdpAttachSpec,
} from '../../../kernel/attach.js';
import type { ProgramType } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import type { LinkHook } from '../hooks/link-hook.js';
import { TraceEvent } from '../hooks/perf-events.js';
import { ExtensionSlot } from '../hooks/trampolines.js';
import { toModeFlag } from '../hooks/xdp-flags.js';
import type { AttachTarget } from '../machine.js';
import { LinkObject, type LoadTarget, type ProgramObject } from '../objects/kernel-objects.js';
import { isClassifier, isProbe, toKernelType } from '../objects/kernel-type.js';
import { toPlacement } from './placement.js';
import { findTargetProblem } from './verify.js';

export const LINK_CREATE = 'bpf(BPF_LINK_CREATE)';
const PERF_EVENT_OPEN = 'perf_event_open';

type PerfAttachSpec = TracepointAttachSpec | KprobeAttachSpec | UprobeAttachSpec;

/**
 * BPF_LINK_CREATE up to the point where the link is on its hook (kernel/bpf/syscall.c, link_create). The id is given
 * out before the hook is asked (bpf_link_prime): a refusal of the hook uses one up.
 *
 * @throws KernelError
 */
export function createLink(caller: Caller, program: ProgramObject, spec: AttachSpec): LinkObject {
  switch (spec.type) {
    case 'xdp':
      return createXdpLink(caller, program, spec);
    case 'tcx':
      return createTcxLink(caller, program, spec);
    case 'tracepoint':
      return createTracepointLink(caller, program, spec);
    case 'kprobe':
    case 'kretprobe':
    case 'uprobe':
    case 'uretprobe':
      return createProbeLink(caller, program, spec);
    case 'fentry':
    case 'fexit':
    case 'lsm':
      return createTracingLink(caller, program, spec);
    case 'extension':
      return createExtensionLink(caller, program, spec);
  }
}

/** net/core/dev.c, bpf_xdp_link_attach: a missing device is EINVAL, unlike everywhere else. */
function createXdpLink(caller: Caller, program: ProgramObject, spec: XdpAttachSpec): LinkObject {
  const { store, hooks } = caller.machine;
  requireType(program, spec.type, program.type === 'xdp');
  const device = caller.device(spec);
  if (device === undefined) return fail('EINVAL', program, spec.type, `There is no device with index ${spec.ifindex}`);
  const link = new LinkObject(store.links.allocate(), 'xdp', program, {});
  const hook = hooks.of(device).xdp;
  hook.attachLink(link, (spec.flags ?? 0) | toModeFlag(spec.mode));
  return place(link, hook);
}

/** kernel/bpf/tcx.c, tcx_link_attach */
function createTcxLink(caller: Caller, program: ProgramObject, spec: TcxAttachSpec): LinkObject {
  const { store, hooks, features } = caller.machine;
  requireType(program, spec.type, isClassifier(program));
  if (!features.tcx) fail('EINVAL', program, spec.type, 'TCX came with 6.6');
  const device = caller.device(spec);
  if (device === undefined) return fail('ENODEV', program, spec.type, `There is no device with index ${spec.ifindex}`);
  const link = new LinkObject(store.links.allocate(), 'tcx', program, { direction: spec.direction });
  const hook = hooks.of(device).tcx[spec.direction];
  hook.attach(program, link, toPlacement(caller, spec, LINK_CREATE));
  return place(link, hook);
}

/** kernel/bpf/syscall.c, bpf_perf_link_attach, on an event that is open */
function createTracepointLink(caller: Caller, program: ProgramObject, spec: TracepointAttachSpec): LinkObject {
  const { store, tracepoints } = caller.machine;
  const name = `${spec.category}:${spec.name}`;
  requirePerfLink(caller, program, spec, program.type === 'tracepoint');
  const link = new LinkObject(store.links.allocate(), 'tracepoint', program, { target: name });
  return place(link, tracepoints.attach(link, name));
}

/** Each perf_event_open makes a probe of its own, so nothing is ever taken there. */
function createProbeLink(
  caller: Caller,
  program: ProgramObject,
  spec: KprobeAttachSpec | UprobeAttachSpec,
): LinkObject {
  const name = 'path' in spec ? spec.path : spec.functionName;
  requirePerfLink(caller, program, spec, isProbe(program.type));
  const link = new LinkObject(caller.machine.store.links.allocate(), spec.type, program, { target: name });
  const event = new TraceEvent(name);
  event.attach(link);
  return place(link, event);
}

/**
 * kernel/bpf/syscall.c, bpf_tracing_prog_attach, for programs whose target is a function of the kernel. BPF_LINK_CREATE
 * does not look at the flags of tracing links and extensions.
 */
function createTracingLink(caller: Caller, program: ProgramObject, spec: TracingAttachSpec): LinkObject {
  const { store, features, trampolines } = caller.machine;
  requireType(program, spec.type, program.type === spec.type);
  takeTarget(caller, program, spec);
  if (program.attachedOnce && !features.tracingReattach) {
    fail('ENOENT', program, spec.type, 'Before 5.13 a tracing program attaches once: load it again');
  }
  const target = program.facts.attachTo ?? '';
  const link = new LinkObject(store.links.allocate(), spec.type, program, { target });
  // An LSM program hangs on the empty function that the hook calls (kernel/bpf/bpf_lsm.c).
  const functionName = spec.type === 'lsm' && !target.startsWith('bpf_lsm_') ? `bpf_lsm_${target}` : target;
  const trampoline = trampolines.attach(link, functionName);
  program.attachedOnce = true;
  return place(link, trampoline);
}

/** bpf_tracing_prog_attach for extensions: the target of the load serves once, after that one must be named. */
function createExtensionLink(caller: Caller, program: ProgramObject, spec: ExtensionAttachSpec): LinkObject {
  const { store, features } = caller.machine;
  requireType(program, spec.type, program.type === 'extension');
  const target = findExtensionTarget(caller, program, spec);
  const { functionName } = target;
  const link = new LinkObject(store.links.allocate(), 'extension', program, {
    target: functionName,
    extended: target.program,
  });
  const slot = new ExtensionSlot(target.program, functionName);
  slot.attach(link, features.extensionOrTailCall);
  program.attachedOnce = true;
  return place(link, slot);
}

function findExtensionTarget(caller: Caller, program: ProgramObject, spec: ExtensionAttachSpec): LoadTarget {
  const named = takeTarget(caller, program, spec);
  if (named === undefined) {
    if (program.loadTarget !== undefined) return program.loadTarget;
    const code = caller.machine.features.tracingReattach ? 'EINVAL' : 'ENOENT';
    return fail(code, program, spec.type, 'It was attached before: name the target');
  }
  const { loadTarget } = program;
  if (loadTarget?.program === named.program && loadTarget.functionName === named.functionName) return named;
  const problem = findTargetProblem(named) ?? findTypeProblem(program, named);
  if (problem !== undefined) fail('EINVAL', program, spec.type, problem);
  return named;
}

/** What bpf_tracing_prog_attach asks of the target that is named, before it looks for the one of the load. */
function takeTarget(
  caller: Caller,
  program: ProgramObject,
  { type, target }: TracingAttachSpec | ExtensionAttachSpec,
): LoadTarget | undefined {
  const { program: ref, functionName } = target ?? {};
  if (ref === undefined && functionName === undefined) return undefined;
  if (ref === undefined || functionName === undefined)
    return fail('EINVAL', program, type, 'A target is a program and a function: both must be named');
  if (type !== 'extension') return fail('EINVAL', program, type, 'Only extensions have a target');
  return { program: caller.program(ref, LINK_CREATE, describe(program, type)), functionName };
}

/** The target must be of the type that the extension was verified for (`saved_dst_prog_type`). */
function findTypeProblem(program: ProgramObject, target: LoadTarget): string | undefined {
  const expected = program.facts.target?.program.type;
  return expected !== undefined && toKernelType(target.program.type) === toKernelType(expected)
    ? undefined
    : `It was loaded for a program of type ${expected}, not ${target.program.type}`;
}

/**
 * perf_event_open for a tracepoint or a probe, which comes before the program is looked at.
 *
 * @throws KernelError EACCES without CAP_PERFMON (kernel/events/core.c, perf_allow_kernel), ENOENT for a missing target
 */
export function openPerfEvent(caller: Caller, spec: PerfAttachSpec, action: string): void {
  const target = findPerfTarget(spec);
  // A tracepoint's id is read from tracefs before anything is opened.
  const isThere = caller.machine.options.hasTarget(target);
  if (target.kind === 'tracepoint' && !isThere)
    refuse('ENOENT', 'open', action, `There is no tracepoint ${quote(target.name)}`);
  if (!caller.may.perfmon) refuse('EACCES', PERF_EVENT_OPEN, action, 'It takes CAP_PERFMON');
  if (target.kind === 'file' && caller.machine.features.uprobesForAdmins && !caller.may.sysAdmin)
    refuse('EACCES', PERF_EVENT_OPEN, action, 'A uprobe takes CAP_SYS_ADMIN');
  if (!isThere) refuse('ENOENT', PERF_EVENT_OPEN, action, `There is no ${target.kind} ${quote(target.name)}`);
  // kernel/trace/trace_kprobe.c: a return probe sits on a function's entry.
  if (spec.type === 'kretprobe' && (spec.offset ?? 0) !== 0)
    refuse('EINVAL', PERF_EVENT_OPEN, action, `A kretprobe has no offset, this one has ${spec.offset}`);
}

export function isPerfSpec(spec: AttachSpec): spec is PerfAttachSpec {
  return spec.type === 'tracepoint' || isProbe(spec.type);
}

function findPerfTarget(spec: PerfAttachSpec): AttachTarget {
  if ('path' in spec) return { kind: 'file', name: spec.path };
  if ('functionName' in spec) return { kind: 'function', name: spec.functionName };
  return { kind: 'tracepoint', name: `${spec.category}:${spec.name}` };
}

function requirePerfLink(
  caller: Caller,
  program: ProgramObject,
  { type, flags = 0 }: AttachSpec,
  isRightType: boolean,
): void {
  if (!caller.machine.features.perfLinks) fail('EINVAL', program, type, 'Links on perf events came with 5.15');
  requireType(program, type, isRightType);
  if (flags !== 0) fail('EINVAL', program, type, 'A link on a perf event takes no flags');
}

function requireType(program: ProgramObject, type: ProgramType, isRightType: boolean): void {
  if (!isRightType) fail('EINVAL', program, type, `It is a program of type ${program.type}`);
}

function place(link: LinkObject, hook: LinkHook): LinkObject {
  link.hook = hook;
  return link;
}

function fail(code: ErrnoName, program: ProgramObject, type: ProgramType, hint: string): never {
  return refuse(code, LINK_CREATE, describe(program, type), hint);
}

function describe(program: ProgramObject, type: ProgramType): string {
  return `attach program "${program.name}" as ${type}`;
}
