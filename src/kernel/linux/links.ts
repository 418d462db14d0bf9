import { quote } from '../../core/errors.js';
import { CStruct } from '../../native/c-struct.js';
import type { AttachSpec, UpdateLinkOptions } from '../attach.js';
import type { LinkRef, ProgramRef } from '../objects.js';
import { openLink } from './attach/index.js';
import { bpf } from './bpf-call.js';
import { ATTACH_FLAG } from './bpf-constants.js';
import { requireLinkInfo } from './describe.js';
import { explainAttach, withHints } from './hints.js';
import { knowName } from './know.js';
import { readLinkInfo } from './link-info.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxLink } from './linux-handle.js';
import { removePinsOf } from './pins.js';

/** `Kernel.attach` @throws KernelError */
export function attachLink(caller: LinuxCaller, spec: AttachSpec): LinuxLink {
  const { registry } = caller.machine;
  const name = nameProgram(caller, spec.program);
  const { fd, place } = withHints(
    () => openLink(caller, spec, `attach program ${quote(name)} as ${spec.type}`),
    (error) => explainAttach(caller, spec, error),
  );
  try {
    const { id } = readLinkInfo(fd.number);
    registry.addLink(id, { ...place, type: spec.type, name });
    return new LinuxLink(caller, fd, requireLinkInfo(registry, fd));
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** `Kernel.detach`: pins first, then handles. @throws KernelError EBADF, ENOENT, EPERM */
export function detachLink(caller: LinuxCaller, ref: LinkRef): void {
  const action = nameAction('detach', ref);
  const id = caller.run(() => caller.identify(ref, 'link', action));
  removePinsOf(caller, 'link', [id]);
  for (const handle of [...caller.handles]) if (handle.kind === 'link' && handle.id === id) handle.giveUp();
}

/** BPF_LINK_DETACH @throws KernelError */
export function forceDetachLink(caller: LinuxCaller, ref: LinkRef): void {
  const action = nameAction('force the detach of', ref);
  caller.run(() => caller.borrow(ref, 'link', action, (fd) => bpf('LINK_DETACH', new CStruct(4).u32(0, fd), action)));
}

/** BPF_LINK_UPDATE @throws KernelError */
export function updateLink(
  caller: LinuxCaller,
  ref: LinkRef,
  program: ProgramRef,
  { expected, replace = expected !== undefined, flags = 0 }: UpdateLinkOptions,
): void {
  const action = nameAction('update', ref);
  const update = (linkFd: number, programFd: number, expectedFd: number): void => {
    const attributes = new CStruct(16)
      .u32(0, linkFd)
      .u32(4, programFd)
      .u32(8, flags | (replace ? ATTACH_FLAG.REPLACE : 0))
      .u32(12, expectedFd);
    bpf('LINK_UPDATE', attributes, action);
  };
  caller.run(() =>
    caller.borrow(ref, 'link', action, (linkFd) =>
      caller.borrow(program, 'program', action, (programFd) => {
        if (expected === undefined) update(linkFd, programFd, 0);
        else caller.borrow(expected, 'program', action, (expectedFd) => update(linkFd, programFd, expectedFd));
      }),
    ),
  );
  caller.machine.registry.noteUpdate(idOf(ref), idOf(program));
}

/** A program that is not known here goes by its id. */
export function nameProgram(caller: LinuxCaller, ref: ProgramRef): string {
  if (typeof ref !== 'number') return knowName(caller, ref);
  return caller.machine.registry.program.get(ref)?.name ?? String(ref);
}

function nameAction(verb: string, ref: LinkRef): string {
  return `${verb} link ${idOf(ref)}`;
}

function idOf(ref: LinkRef | ProgramRef): number {
  return typeof ref === 'number' ? ref : ref.id;
}
