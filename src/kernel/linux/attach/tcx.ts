import type { TcxAttachSpec } from '../../attach.js';
import { TCX_ATTACH_TYPES } from '../bpf-constants.js';
import type { LinuxCaller } from '../linux-caller.js';
import { encodePosition } from '../tcx-position.js';
import { createLink, encodeLinkCreate, type NewLink } from './new-link.js';

/** A link on one side of a device's TCX: kernel/bpf/tcx.c, tcx_link_attach. @throws KernelError */
export function attachTcx(caller: LinuxCaller, spec: TcxAttachSpec, action: string): NewLink {
  const { direction, ifindex, netns, flags = 0 } = spec;
  const position = encodePosition(caller, spec);
  const inode = caller.identifyNetns(netns);
  const fd = caller.run(
    () =>
      caller.borrow(spec.program, 'program', action, (programFd) =>
        createLink(
          encodeLinkCreate({
            programFd,
            target: ifindex,
            attachType: TCX_ATTACH_TYPES[direction],
            flags: flags | position.flags,
          })
            .u32(16, position.relative)
            .u64(24, position.expectedRevision),
          action,
        ),
      ),
    netns,
  );
  return { fd, place: { netns: inode, netnsPath: netns, ifindex, direction } };
}
