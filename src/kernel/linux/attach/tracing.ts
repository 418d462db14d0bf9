import { CStruct } from '../../../native/c-struct.js';
import type { FileDescriptor } from '../../../native/file-descriptor.js';
import type { AttachTargetRef, ExtensionAttachSpec, TracingAttachSpec } from '../../attach.js';
import { bpfOpen } from '../bpf-call.js';
import { ATTACH_TYPE } from '../bpf-constants.js';
import { findFunctionId } from '../function-ids.js';
import type { LinuxCaller } from '../linux-caller.js';
import { createLink, encodeLinkCreate, type NewLink } from './new-link.js';

const ATTACH_TYPES: Readonly<Record<TracingAttachSpec['type'] | 'extension', number>> = {
  fentry: ATTACH_TYPE.TRACE_FENTRY,
  fexit: ATTACH_TYPE.TRACE_FEXIT,
  lsm: ATTACH_TYPE.LSM_MAC,
  extension: 0,
};

/**
 * A link of a program that carries its target since it was loaded (kernel/bpf/syscall.c, bpf_tracing_prog_attach), or of
 * an extension in the function of another program.
 *
 * @throws KernelError
 */
export function attachTracing(
  caller: LinuxCaller,
  spec: TracingAttachSpec | ExtensionAttachSpec,
  action: string,
): NewLink {
  const target = findTarget(caller, spec);
  const fd = caller.run(() =>
    caller.borrow(spec.program, 'program', action, (programFd) => openLink(caller, spec, programFd, action)),
  );
  return { fd, place: target === undefined ? {} : { target } };
}

function openLink(
  caller: LinuxCaller,
  spec: TracingAttachSpec | ExtensionAttachSpec,
  programFd: number,
  action: string,
): FileDescriptor {
  const { type, target, flags = 0 } = spec;
  // BPF_LINK_CREATE takes such programs from 5.19 on, with the same answers (kernel/bpf/syscall.c, link_create).
  if (target === undefined && flags === 0 && !caller.machine.isAtLeast('5.19')) {
    return bpfOpen('RAW_TRACEPOINT_OPEN', new CStruct(16).u32(8, programFd), action);
  }
  const create = (targetFd: number, typeId: number): FileDescriptor =>
    createLink(
      encodeLinkCreate({ programFd, target: targetFd, attachType: ATTACH_TYPES[type], flags }).u32(16, typeId),
      action,
    );
  return target === undefined ? create(0, 0) : createAtTarget(caller, target, action, create);
}

/** One without the other is the kernel's to refuse. */
function createAtTarget(
  caller: LinuxCaller,
  { program, functionName }: AttachTargetRef,
  action: string,
  create: (targetFd: number, typeId: number) => FileDescriptor,
): FileDescriptor {
  if (program === undefined) return create(0, 1);
  const typeId = functionName === undefined ? 0 : findFunctionId(caller, program, functionName);
  return caller.borrow(program, 'program', action, (targetFd) => create(targetFd, typeId));
}

function findTarget(caller: LinuxCaller, spec: TracingAttachSpec | ExtensionAttachSpec): string | undefined {
  if (spec.target?.functionName !== undefined) return spec.target.functionName;
  const id = typeof spec.program === 'number' ? spec.program : spec.program.id;
  return caller.machine.registry.program.get(id)?.target;
}
