import { CStruct } from '../../native/c-struct.js';
import { requireResult } from '../../native/system-call.js';
import type { HookRef, TcxDetachSpec, TcxProgramSpec, TcxQuery, TcxQueryOptions } from '../attach.js';
import { bpf, nameBpf, tryBpf } from './bpf-call.js';
import { ATTACH_FLAG, TCX_ATTACH_TYPES } from './bpf-constants.js';
import type { LinuxCaller } from './linux-caller.js';
import { encodePosition } from './tcx-position.js';

/** A hook holds at most 63. */
const MOST_PROGRAMS = 64;

interface HookCall {
  readonly ifindex: number;
  readonly programFd: number;
  readonly attachType: number;
  readonly flags: number;
  readonly replacedFd: number;
  readonly relative: number;
  readonly expectedRevision: number;
}

/** kernel/bpf/syscall.c, bpf_prog_attach → kernel/bpf/tcx.c, tcx_prog_attach @throws KernelError */
export function attachTcxProgram(caller: LinuxCaller, spec: TcxProgramSpec): void {
  const { ifindex, direction, netns, program, replace, flags = 0 } = spec;
  const action = `attach to TCX ${direction} of interface ${ifindex}`;
  const position = encodePosition(caller, spec);
  const attach = (programFd: number, replacedFd: number): void => {
    const attributes = encodeHookCall({
      ifindex,
      programFd,
      attachType: TCX_ATTACH_TYPES[direction],
      ...position,
      flags: flags | position.flags | (replace === undefined ? 0 : ATTACH_FLAG.REPLACE),
      replacedFd,
    });
    bpf('PROG_ATTACH', attributes, action);
  };
  const inode = caller.identifyNetns(netns);
  caller.run(
    () =>
      caller.borrow(program, 'program', action, (programFd) => {
        if (replace === undefined) attach(programFd, 0);
        else caller.borrow(replace, 'program', action, (replacedFd) => attach(programFd, replacedFd));
      }),
    netns,
  );
  caller.machine.plain.touch(spec, inode).programIds.add(typeof program === 'number' ? program : program.id);
}

/** kernel/bpf/syscall.c, bpf_prog_detach → kernel/bpf/tcx.c, tcx_prog_detach @throws KernelError */
export function detachTcxProgram(caller: LinuxCaller, spec: TcxDetachSpec): void {
  const { ifindex, direction, netns, program, flags = 0 } = spec;
  const action = `detach from TCX ${direction} of interface ${ifindex}`;
  const position = encodePosition(caller, spec);
  const detach = (programFd: number): void => {
    const attributes = encodeHookCall({
      ifindex,
      programFd,
      attachType: TCX_ATTACH_TYPES[direction],
      ...position,
      flags: flags | position.flags,
      replacedFd: 0,
    });
    bpf('PROG_DETACH', attributes, action);
  };
  caller.run(() => {
    if (program === undefined) detach(0);
    else caller.borrow(program, 'program', action, detach);
  }, netns);
}

/** `Kernel.queryTcx` @throws KernelError ENOSPC when there are more than the limit */
export function queryTcx(caller: LinuxCaller, hook: HookRef, { limit = MOST_PROGRAMS }: TcxQueryOptions): TcxQuery {
  return caller.run(() => readTcx(hook, limit), hook.netns);
}

/** What is on one side of a device in this namespace: union bpf_attr, query. @throws KernelError */
export function readTcx({ ifindex, direction }: HookRef, limit: number = MOST_PROGRAMS): TcxQuery {
  const programIds = new CStruct(limit * 4);
  const linkIds = new CStruct(limit * 4);
  const attributes = new CStruct(64)
    .u32(0, ifindex)
    .u32(4, TCX_ATTACH_TYPES[direction])
    .pointer(16, programIds)
    .u32(24, limit)
    .pointer(40, linkIds);
  const action = `query TCX ${direction} of interface ${ifindex}`;
  requireResult(tryBpf('PROG_QUERY', attributes), { syscall: nameBpf('PROG_QUERY'), action });
  const programs = Array.from({ length: attributes.readU32(24) }, (_, index) => ({
    programId: programIds.readU32(index * 4),
    linkId: linkIds.readU32(index * 4) || undefined,
  }));
  return { revision: Number(attributes.readU64(56)), programs };
}

/** union bpf_attr, BPF_PROG_ATTACH and BPF_PROG_DETACH. */
export function encodeHookCall(call: HookCall): CStruct {
  return new CStruct(32)
    .u32(0, call.ifindex)
    .u32(4, call.programFd)
    .u32(8, call.attachType)
    .u32(12, call.flags)
    .u32(16, call.replacedFd)
    .u32(20, call.relative)
    .u64(24, call.expectedRevision);
}
