import type { ErrnoName } from '../../../core/errno.js';
import { quote } from '../../../core/errors.js';
import type {
  DeviceRef,
  HookRef,
  TcxDetachSpec,
  TcxProgramSpec,
  TcxQuery,
  TcxQueryOptions,
  XdpNetlinkSpec,
  XdpQuery,
} from '../../../kernel/attach.js';
import type { ProgramRef, ProgramType } from '../../../kernel/objects.js';
import type { AttachVia } from '../../../kernel/points.js';
import { refuse } from '../../../kernel/refuse.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { Caller } from '../caller.js';
import { BPF_F_REPLACE, TCX_FLAGS } from '../hooks/tcx-flags.js';
import { countModes, toMode, toModeFlag, XDP_FLAGS, XDP_REPLACE, XDP_UPDATE_IF_NOEXIST } from '../hooks/xdp-flags.js';
import type { ProgramObject } from '../objects/kernel-objects.js';
import { isClassifier } from '../objects/kernel-type.js';
import { toPlacement } from './placement.js';

const SET_LINK = 'netlink(RTM_SETLINK)';
const PROG_ATTACH = 'bpf(BPF_PROG_ATTACH)';
const PROG_DETACH = 'bpf(BPF_PROG_DETACH)';
const PROG_QUERY = 'bpf(BPF_PROG_QUERY)';

/** `Kernel.setXdp`: net/core/rtnetlink.c, do_setlink → net/core/dev.c, dev_change_xdp_fd */
export function setXdp(caller: Caller, spec: XdpNetlinkSpec): void {
  const { hooks, events } = caller.machine;
  const action = `${spec.program === null ? 'take XDP off' : 'attach XDP to'} interface ${spec.ifindex}`;
  caller.openIds('program', action, spec.program, spec.expected);
  if (!caller.may.netAdmin) refuse('EPERM', SET_LINK, action, 'Netlink takes CAP_NET_ADMIN');
  const device = requireDevice(caller, spec, SET_LINK, action);
  const flags = toNetlinkFlags(spec, action);
  const program = spec.program === null ? null : takeType(caller, spec.program, 'xdp', SET_LINK, action);
  const expected = spec.expected === undefined ? undefined : takeType(caller, spec.expected, 'xdp', SET_LINK, action);
  const hook = hooks.of(device).xdp;
  const before = hook.occupant;
  hook.setProgram(program, { mode: toMode(flags), ifNoExist: (flags & XDP_UPDATE_IF_NOEXIST) !== 0, expected });
  if (
    events.listenerCount('attach') + events.listenerCount('detach') === 0 ||
    before?.program === hook.occupant?.program
  )
    return;
  if (before !== undefined) emit(caller, 'detach', before.program, spec, 'netlink', 'xdp');
  if (program !== null) emit(caller, 'attach', program, spec, 'netlink', 'xdp');
}

/** What do_setlink asks of the flags. @throws KernelError EINVAL */
function toNetlinkFlags(spec: XdpNetlinkSpec, action: string): number {
  const { flags: raw = 0, mode, ifNoExist, expected } = spec;
  const flags =
    raw |
    toModeFlag(mode) |
    (ifNoExist === true ? XDP_UPDATE_IF_NOEXIST : 0) |
    (expected === undefined ? 0 : XDP_REPLACE);
  if ((flags & ~XDP_FLAGS) !== 0) refuse('EINVAL', SET_LINK, action, `flags ${flags} are not for XDP`);
  if (countModes(flags) > 1) refuse('EINVAL', SET_LINK, action, 'Only one mode can be set');
  if ((flags & XDP_REPLACE) !== 0 && expected === undefined)
    refuse('EINVAL', SET_LINK, action, 'XDP_FLAGS_REPLACE names no program');
  return flags;
}

/** `Kernel.queryXdp`. Which link it is takes a listing, so CAP_SYS_ADMIN; without it the id stays unknown. */
export function queryXdp(caller: Caller, ref: DeviceRef): XdpQuery {
  const device = requireDevice(caller, ref, 'netlink(RTM_GETLINK)', `query XDP of interface ${ref.ifindex}`);
  const occupant = caller.machine.hooks.find(device)?.xdp.occupant;
  const linkId = caller.may.sysAdmin ? occupant?.link?.id : undefined;
  return { programId: occupant?.program.id, linkId, mode: occupant?.mode };
}

/** `Kernel.attachTcxProgram`: kernel/bpf/syscall.c, bpf_prog_attach → kernel/bpf/tcx.c, tcx_prog_attach */
export function attachTcxProgram(caller: Caller, spec: TcxProgramSpec): void {
  const { store, hooks, events } = caller.machine;
  const action = `attach to TCX ${spec.direction} of interface ${spec.ifindex}`;
  const { replace } = spec;
  const placement = toPlacement(caller, spec, PROG_ATTACH);
  const flags = placement.flags | (replace === undefined ? 0 : BPF_F_REPLACE);
  caller.openIds('program', action, spec.program, replace);
  requireTcx(caller, PROG_ATTACH, action);
  requireTcxFlags(flags, PROG_ATTACH, action);
  const program = takeType(caller, spec.program, 'tcx', PROG_ATTACH, action);
  const device = requireDevice(caller, spec, PROG_ATTACH, action);
  if (replace === undefined && (flags & BPF_F_REPLACE) !== 0)
    refuse('EINVAL', PROG_ATTACH, action, 'BPF_F_REPLACE names no program');
  const replaced = replace === undefined ? undefined : takeType(caller, replace, 'tcx', PROG_ATTACH, action);
  hooks.of(device).tcx[spec.direction].attach(program, undefined, { ...placement, flags }, replaced);
  store.hold(program, 'kernel');
  if (replaced !== undefined) {
    if (events.listenerCount('detach') > 0) emit(caller, 'detach', replaced, spec, 'prog', 'tcx');
    store.release(replaced, 'kernel');
  }
  if (events.listenerCount('attach') > 0) emit(caller, 'attach', program, spec, 'prog', 'tcx');
}

/** `Kernel.detachTcxProgram`: kernel/bpf/syscall.c, bpf_prog_detach → kernel/bpf/tcx.c, tcx_prog_detach */
export function detachTcxProgram(caller: Caller, spec: TcxDetachSpec): void {
  const { store, hooks, events } = caller.machine;
  const action = `detach from TCX ${spec.direction} of interface ${spec.ifindex}`;
  const placement = toPlacement(caller, spec, PROG_DETACH);
  caller.openIds('program', action, spec.program);
  requireTcx(caller, PROG_DETACH, action);
  requireTcxFlags(placement.flags, PROG_DETACH, action);
  // kernel/bpf/syscall.c, bpf_mprog_detach_empty
  if (spec.program === undefined && !caller.may.bpfNet)
    refuse('EPERM', PROG_DETACH, action, 'Without a program it takes CAP_NET_ADMIN');
  const program = spec.program === undefined ? undefined : takeType(caller, spec.program, 'tcx', PROG_DETACH, action);
  const device = requireDevice(caller, spec, PROG_DETACH, action);
  const hook = hooks.find(device)?.tcx[spec.direction];
  if (hook === undefined) refuse('ENOENT', PROG_DETACH, action, 'Nothing is attached there');
  const gone = hook.detachProgram(program, placement);
  if (events.listenerCount('detach') > 0) emit(caller, 'detach', gone, spec, 'prog', 'tcx');
  store.release(gone, 'kernel');
}

/** `Kernel.queryTcx`: kernel/bpf/syscall.c, bpf_prog_query → kernel/bpf/tcx.c, tcx_prog_query */
export function queryTcx(caller: Caller, ref: HookRef, { limit }: TcxQueryOptions): TcxQuery {
  const action = `query TCX ${ref.direction} of interface ${ref.ifindex}`;
  if (!caller.may.bpfNet) refuse('EPERM', PROG_QUERY, action, 'It takes CAP_NET_ADMIN');
  requireTcx(caller, PROG_QUERY, action);
  const hook = caller.machine.hooks.find(requireDevice(caller, ref, PROG_QUERY, action))?.tcx[ref.direction];
  const programs = (hook?.entries ?? []).map(({ program, link }) => ({ programId: program.id, linkId: link?.id }));
  // kernel/bpf/mprog.c, bpf_mprog_query
  if (limit !== undefined && programs.length > limit)
    refuse('ENOSPC', PROG_QUERY, action, `There are ${programs.length} programs, and room for ${limit}`);
  return { revision: hook?.revision ?? 1, programs };
}

/** @throws KernelError ENODEV */
export function requireDevice(caller: Caller, ref: DeviceRef, syscall: string, action: string): FakeDevice {
  return caller.device(ref) ?? refuse('ENODEV', syscall, action, `There is no device with index ${ref.ifindex}`);
}

/** Tells listeners of an attachment without a link. */
export function emit(
  caller: Caller,
  event: 'attach' | 'detach',
  program: ProgramObject,
  at: DeviceRef & Partial<HookRef>,
  via: AttachVia,
  attachType: ProgramType,
): void {
  caller.machine.events.emit(event, {
    programId: program.id,
    linkId: undefined,
    via,
    attachType,
    ifindex: at.ifindex,
    direction: at.direction,
    target: undefined,
  });
}

function requireTcx(caller: Caller, syscall: string, action: string): void {
  caller.requireSyscall(syscall, action);
  if (!caller.machine.features.tcx) refuse('EINVAL', syscall, action, 'TCX came with 6.6');
}

/** kernel/bpf/syscall.c, bpf_prog_attach and bpf_prog_detach: BPF_F_ATTACH_MASK_MPROG */
function requireTcxFlags(flags: number, syscall: string, action: string): void {
  if ((flags & ~TCX_FLAGS) !== 0) refuse('EINVAL', syscall, action, `flags ${flags} are not for TCX`);
}

/** A program of the right type (bpf_prog_get_type). */
function takeType(
  caller: Caller,
  ref: ProgramRef,
  type: 'xdp' | 'tcx',
  syscall: string,
  action: string,
): ProgramObject {
  const program = caller.program(ref, syscall, action);
  const isRight = type === 'xdp' ? program.type === 'xdp' : isClassifier(program);
  const code: ErrnoName = 'EINVAL';
  return isRight ? program : refuse(code, syscall, action, `Program ${quote(program.name)} is of type ${program.type}`);
}
