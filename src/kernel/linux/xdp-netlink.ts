import { readOwnNetns } from '../../native/netns.js';
import { decodeLink } from '../../netns/netlink/link.js';
import { encodeGetLink } from '../../netns/netlink/link-requests.js';
import { encodeSetXdp } from '../../netns/netlink/xdp.js';
import type { DeviceRef, XdpNetlinkSpec, XdpQuery } from '../attach.js';
import { readLinkInfo } from './link-info.js';
import type { LinuxCaller } from './linux-caller.js';
import type { LinuxMachine } from './linux-machine.js';
import { findById } from './listing.js';
import { withNetlink } from './netlink.js';
import { findNextId } from './object-ids.js';

/** What sits on an XDP hook, by netlink. */
export interface XdpOccupant {
  readonly programId: number;
  readonly mode: XdpQuery['mode'];
}

/** Takes XDP off. */
const NO_PROGRAM = -1;

/** net/core/rtnetlink.c, do_setlink → net/core/dev.c, dev_change_xdp_fd @throws KernelError */
export function setXdp(caller: LinuxCaller, spec: XdpNetlinkSpec): void {
  const { program, expected, ifindex, mode, ifNoExist, flags } = spec;
  const action = `${program === null ? 'take XDP off' : 'attach XDP to'} interface ${ifindex}`;
  const send = (programFd: number, expectedFd: number | undefined): void => {
    const request = encodeSetXdp({
      ifindex,
      programFd,
      ...(mode === undefined ? {} : { mode }),
      ...(ifNoExist === undefined ? {} : { ifNoExist }),
      ...(expectedFd === undefined ? {} : { expectedFd }),
      ...(flags === undefined ? {} : { flags }),
    });
    withNetlink((netlink) => netlink.request(request));
  };
  const sendFor = (programFd: number): void => {
    if (expected === undefined) send(programFd, undefined);
    else caller.borrow(expected, 'program', action, (expectedFd) => send(programFd, expectedFd));
  };
  const netns = caller.identifyNetns(spec.netns);
  caller.run(() => {
    if (program === null) sendFor(NO_PROGRAM);
    else caller.borrow(program, 'program', action, sendFor);
  }, spec.netns);
  if (program === null) return;
  caller.machine.plain.touch(spec, netns).programIds.add(typeof program === 'number' ? program : program.id);
}

/** `Kernel.queryXdp`. Which link it is takes a listing, so CAP_SYS_ADMIN; without it the id stays unknown. */
export function queryXdp(caller: LinuxCaller, device: DeviceRef): XdpQuery {
  return caller.run(() => {
    const occupant = readXdp(device.ifindex);
    if (occupant === undefined) return { programId: undefined, linkId: undefined, mode: undefined };
    const linkId = findXdpLink(caller.machine, device.ifindex, readOwnNetns(), occupant.programId);
    return { ...occupant, linkId };
  }, device.netns);
}

/** What is on the XDP hook of a device in this namespace. @throws KernelError ENODEV */
export function readXdp(ifindex: number): XdpOccupant | undefined {
  return withNetlink((netlink) => {
    const { xdp } = decodeLink(netlink.requestOne(encodeGetLink({ index: ifindex })));
    const programId = xdp.nativeProgramId ?? xdp.genericProgramId ?? xdp.offloadProgramId ?? xdp.programId;
    if (programId === undefined || programId === 0 || xdp.attached === 'none') return undefined;
    return { programId, mode: xdp.attached === 'multiple' ? 'native' : xdp.attached };
  });
}

/**
 * The link that holds a device's hook: netlink does not tell, so all links are asked. `undefined` when it is none of them,
 * or one may not ask.
 */
export function findXdpLink(
  machine: LinuxMachine,
  ifindex: number,
  netns: number,
  programId: number,
): number | undefined {
  try {
    for (let id = findNextId('link', 0, ''); id !== undefined; id = findNextId('link', id, '')) {
      const opened = findById('link', id);
      if (opened === undefined) continue;
      using fd = opened;
      const info = readLinkInfo(fd.number);
      // The kernel does not tell of the namespace, in which another device may have the same index.
      const isHere = (machine.registry.link.get(id)?.netns ?? netns) === netns;
      if (isHere && info.type === 'xdp' && info.ifindex === ifindex && info.programId === programId) return id;
    }
    return undefined;
  } catch {
    return undefined;
  }
}
