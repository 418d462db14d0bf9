import type { XdpAttachSpec } from '../../attach.js';
import { ATTACH_TYPE, XDP_MODE_FLAGS } from '../bpf-constants.js';
import type { LinuxCaller } from '../linux-caller.js';
import { createLink, encodeLinkCreate, type NewLink } from './new-link.js';

/** A link on a device's XDP hook: net/core/dev.c, bpf_xdp_link_attach. @throws KernelError */
export function attachXdp(caller: LinuxCaller, spec: XdpAttachSpec, action: string): NewLink {
  const { ifindex, mode, flags = 0, netns } = spec;
  const inode = caller.identifyNetns(netns);
  const fd = caller.run(
    () =>
      caller.borrow(spec.program, 'program', action, (programFd) =>
        createLink(
          encodeLinkCreate({
            programFd,
            target: ifindex,
            attachType: ATTACH_TYPE.XDP,
            flags: flags | (mode === undefined ? 0 : XDP_MODE_FLAGS[mode]),
          }),
          action,
        ),
      ),
    netns,
  );
  return { fd, place: { netns: inode, netnsPath: netns, ifindex } };
}
