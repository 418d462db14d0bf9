import { KernelError } from '../../core/kernel-error.js';
import type { ProgramSpec } from '../objects.js';
import { refuse } from '../refuse.js';
import { ATTACH_TYPE } from './bpf-constants.js';
import { findFunctionId } from './function-ids.js';
import type { LinuxCaller } from './linux-caller.js';
import type { LoadRequest } from './prog-load.js';

/** What a program is loaded for: a function of the kernel, or of another program. */
type ResolvedTarget = Pick<LoadRequest, 'attachBtfId' | 'targetFd'>;

/** A target whose descriptor is open while it is used. */
interface LoadTarget {
  use<R>(load: (target: ResolvedTarget) => R): R;
}

const NO_TARGET: LoadTarget = { use: (load) => load({}) };

/** What the verifier needs to know of where the program will run. */
export function selectAttachType({ type, xdpTarget }: ProgramSpec): number {
  switch (type) {
    case 'xdp':
      if (xdpTarget === undefined) return ATTACH_TYPE.XDP;
      return xdpTarget === 'devmap' ? ATTACH_TYPE.XDP_DEVMAP : ATTACH_TYPE.XDP_CPUMAP;
    case 'fentry':
      return ATTACH_TYPE.TRACE_FENTRY;
    case 'fexit':
      return ATTACH_TYPE.TRACE_FEXIT;
    case 'lsm':
      return ATTACH_TYPE.LSM_MAC;
    default:
      return 0;
  }
}

/** What a program is loaded for. Programs of a type that has no target are sent with it all the same: the kernel says no. */
export function selectTarget(caller: LinuxCaller, spec: ProgramSpec): LoadTarget {
  if (spec.extends !== undefined) return selectExtended(caller, spec.extends);
  return spec.attachTo === undefined ? NO_TARGET : selectKernelFunction(caller, spec, spec.attachTo);
}

function selectExtended(
  caller: LinuxCaller,
  { program, functionName }: NonNullable<ProgramSpec['extends']>,
): LoadTarget {
  const attachBtfId = findFunctionId(caller, program, functionName);
  return {
    use: (load) =>
      caller.borrow(program, 'program', 'load an extension', (targetFd) => load({ attachBtfId, targetFd })),
  };
}

/** An LSM program hangs on the empty function that the hook calls (kernel/bpf/bpf_lsm.c). */
function selectKernelFunction(caller: LinuxCaller, { name, type }: ProgramSpec, attachTo: string): LoadTarget {
  const functionName = type === 'lsm' && !attachTo.startsWith('bpf_lsm_') ? `bpf_lsm_${attachTo}` : attachTo;
  if (type !== 'fentry' && type !== 'fexit' && type !== 'lsm') return { use: (load) => load({ attachBtfId: 1 }) };
  const attachBtfId = caller.machine.kernelBtf.find('FUNC', functionName);
  if (attachBtfId !== undefined) return { use: (load) => load({ attachBtfId }) };
  return {
    use: (load) => {
      try {
        return load({});
      } catch (error) {
        // Who may not load anything is told that first.
        if (!(error instanceof KernelError) || error.code !== 'EINVAL') throw error;
        const hint = `There is no function "${functionName}" in the kernel's BTF`;
        return refuse('ENOENT', error.syscall, `load program "${name}" (${type})`, hint);
      }
    },
  };
}
