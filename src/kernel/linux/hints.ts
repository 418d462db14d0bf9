import { quote } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import { readCapabilities, toCapabilityNames } from '../../native/capabilities.js';
import { isInUserNamespace } from '../../native/user-namespace.js';
import type { AttachSpec, DeviceRef } from '../attach.js';
import { CAPABILITIES, toPermissions } from '../capabilities.js';
import type { MapSpec, ProgramRef, ProgramSpec, ProgramType } from '../objects.js';
import { KERNEL_PROGRAM_TYPES } from './bpf-constants.js';
import { readClsact } from './filters.js';
import { knowProgram } from './know.js';
import type { LinuxCaller } from './linux-caller.js';
import { findXdpLink, readXdp } from './xdp-netlink.js';

// Why the kernel may have said no: looked for only when it has, and never a reason for another error.

/** A name of the kernel's: kernel/bpf/syscall.c, bpf_obj_name_cpy. */
const GOOD_NAME = /^[\w.]{0,15}$/;
const NAMES = 'A name has at most 15 characters of [A-Za-z0-9_.]';
/** kernel/bpf/syscall.c, is_net_admin_prog_type; all others are of is_perfmon_prog_type. */
const NET_TYPES: readonly ProgramType[] = ['xdp', 'tc', 'tcx', 'extension'];
const PERF_TYPES: readonly ProgramType[] = ['tracepoint', 'kprobe', 'kretprobe', 'uprobe', 'uretprobe'];
/** BPF_COMPLEXITY_LIMIT_INSNS: include/linux/bpf.h. */
const MOST_INSTRUCTIONS = 1_000_000;

/** Makes a call, and adds to a refusal of the kernel's what is found about it. @throws KernelError */
export function withHints<R>(call: () => R, find: (error: KernelError) => string | undefined): R {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw error.withHint(attempt(() => find(error)));
  }
}

/** About a program that was not loaded. */
export function explainLoad(caller: LinuxCaller, spec: ProgramSpec, { code }: KernelError): string | undefined {
  const { name, type } = spec;
  if (code === 'EINVAL') return GOOD_NAME.test(name) ? undefined : NAMES;
  if (code === 'E2BIG' && spec.code !== undefined && 'instructions' in spec.code)
    return `It has ${spec.code.instructions.length / 8} instructions; 1 to ${MOST_INSTRUCTIONS} are allowed`;
  if (code !== 'EPERM') return undefined;
  return explainRefusal(caller, ['bpf', NET_TYPES.includes(type) ? 'bpfNet' : 'perfmon'], `programs of type ${type}`);
}

/** About a map that was not created. */
export function explainCreateMap(caller: LinuxCaller, spec: MapSpec, { code }: KernelError): string | undefined {
  const { name, type, keySizeBytes, valueSizeBytes, maxEntries } = spec;
  if (code === 'EPERM') return explainRefusal(caller, ['bpf'], `maps of type ${type}`);
  if (code !== 'EINVAL') return undefined;
  if (!GOOD_NAME.test(name)) return NAMES;
  if (type === 'ringbuf')
    return 'A ringbuf has keys and values of 0 bytes, and maxEntries is a power of two of whole pages';
  if (maxEntries === 0 || keySizeBytes === 0 || valueSizeBytes === 0)
    return 'keySizeBytes, valueSizeBytes and maxEntries must be more than 0';
  return type.endsWith('hash') || keySizeBytes === 4
    ? undefined
    : `The key of a map of type ${type} is an index of 4 bytes`;
}

/** About a program that was not attached with a link. */
export function explainAttach(caller: LinuxCaller, spec: AttachSpec, error: KernelError): string | undefined {
  const { code, syscall } = error;
  if (code === 'EBADF') return undefined;
  const { machine } = caller;
  if (code === 'EINVAL' && spec.type === 'tcx' && !machine.isAtLeast('6.6')) return 'TCX came with 6.6';
  if (code === 'EINVAL' && PERF_TYPES.includes(spec.type) && !machine.isAtLeast('5.15'))
    return 'Links on perf events came with 5.15';
  const mismatch = code === 'EINVAL' ? findMismatch(caller, spec) : undefined;
  if (mismatch !== undefined) return mismatch;
  const isOnDevice = spec.type === 'xdp' || spec.type === 'tcx';
  if (isOnDevice && (code === 'EINVAL' || code === 'ENODEV')) return findMissingDevice(caller, spec);
  if (spec.type === 'xdp' && code === 'EBUSY') return explainOccupied(caller, spec);
  if (spec.type === 'tcx' && code === 'EEXIST') return 'The program is on the hook already';
  if (code === 'EACCES' && syscall === 'perf_event_open')
    return explainRefusal(caller, ['path' in spec ? 'sysAdmin' : 'perfmon'], `events of type ${spec.type}`);
  return code === 'EPERM' && syscall === 'bpf(BPF_LINK_CREATE)'
    ? explainRefusal(caller, [isOnDevice ? 'bpfNet' : 'perfmon'], `links of type ${spec.type}`)
    : undefined;
}

/** About XDP that was not set by netlink. */
export function explainSetXdp(
  caller: LinuxCaller,
  device: DeviceRef & { readonly program: ProgramRef | null },
  { code }: KernelError,
): string | undefined {
  if (code === 'EBUSY') return explainOccupied(caller, device);
  if (code !== 'EINVAL' || device.program === null) return undefined;
  return findMismatch(caller, { type: 'xdp', program: device.program });
}

/** About a filter that was not added. */
export function explainFilter(
  caller: LinuxCaller,
  { ifindex, netns, program }: DeviceRef & { readonly program: ProgramRef },
  { code }: KernelError,
): string | undefined {
  if (code !== 'EINVAL') return undefined;
  const hasClsact = caller.runAsHelper(() => readClsact(ifindex), netns);
  return hasClsact
    ? findMismatch(caller, { type: 'tc', program })
    : `Interface ${ifindex} has no clsact: create it with createClsact first`;
}

function findMismatch(
  caller: LinuxCaller,
  { type, program }: { readonly type: ProgramType; readonly program: ProgramRef },
): string | undefined {
  const known = knowProgram(caller, program)?.type;
  const fits = known === undefined || KERNEL_PROGRAM_TYPES[known] === KERNEL_PROGRAM_TYPES[type];
  return fits ? undefined : `It is a program of type ${known}`;
}

function findMissingDevice(caller: LinuxCaller, { ifindex, netns }: DeviceRef): string | undefined {
  try {
    caller.runAsHelper(() => readXdp(ifindex), netns);
    return undefined;
  } catch {
    return `There is no device with index ${ifindex}`;
  }
}

function explainOccupied(caller: LinuxCaller, { ifindex, netns }: DeviceRef): string | undefined {
  const inode = caller.identifyNetns(netns);
  return caller.runAsHelper(() => {
    const occupant = readXdp(ifindex);
    if (occupant === undefined) return undefined;
    const { programId } = occupant;
    const name = knowProgram(caller, programId)?.name;
    const linkId = findXdpLink(caller.machine, ifindex, inode, programId);
    const holder = linkId === undefined ? '' : `, held by link ${linkId}`;
    return `Program ${programId}${name === undefined ? '' : ` ${quote(name)}`} is there${holder}`;
  }, netns);
}

const CAPABILITY_OF = {
  bpf: 'CAP_BPF',
  bpfNet: 'CAP_NET_ADMIN',
  perfmon: 'CAP_PERFMON',
  sysAdmin: 'CAP_SYS_ADMIN',
} as const;

/** Which capability is missing; where none is, what else can refuse. */
function explainRefusal(
  caller: LinuxCaller,
  needs: readonly (keyof typeof CAPABILITY_OF)[],
  what: string,
): string | undefined {
  const effective = caller.run(() => toCapabilityNames(readCapabilities().effective));
  const may = toPermissions(CAPABILITIES.filter((each) => effective.includes(each)));
  const missing = needs.filter((need) => !may[need]).map((need) => CAPABILITY_OF[need]);
  if (missing.length > 0) return `It takes ${missing.join(' and ')}`;
  if (isInUserNamespace())
    return 'It takes capabilities of the first user namespace; those of this one do not count: run it as root of the machine';
  return `The capabilities for it are there: is the kernel locked down, or does a security module refuse ${what}? (glovebox doctor tries them)`;
}

/** Whoever looks for a hint must not fail for it. */
function attempt<R>(look: () => R): R | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
