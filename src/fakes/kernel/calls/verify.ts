import type { ErrnoName } from '../../../core/errno.js';
import { quote } from '../../../core/errors.js';
import type { ProgramSpec } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import { checkVerdict } from '../kernel-options.js';
import type { LoadTarget } from '../objects/kernel-objects.js';
import { isObjectName } from '../objects/map-rules.js';
import { type Verification, type VerifierVerdict, verifyInstructions } from './instructions.js';
import { areLoadFlags, maySleep, SLEEPABLE } from './load-flags.js';
import { cutLog, isLogValid, renderWhole, writeLog } from './verifier-log.js';

export const LOAD = 'bpf(BPF_PROG_LOAD)';
/** BPF_COMPLEXITY_LIMIT_INSNS: include/linux/bpf.h. */
const INSTRUCTION_LIMIT = 1_000_000;
const PAGE_BYTES = 4096;

/** bpf_prog_load and bpf_check, in their order (kernel/bpf/syscall.c, kernel/bpf/verifier.c). @throws KernelError */
export function checkLoad(caller: Caller, spec: ProgramSpec, instructions: Uint8Array): LoadTarget | undefined {
  const { may, machine } = caller;
  const { features } = machine;
  const fail: Fail = (code, hint, log) =>
    refuse(code, LOAD, `load program ${quote(spec.name)} (${spec.type})`, hint, log);
  if (!features.mapArgumentsFirst && !may.bpf) fail('EPERM', 'It takes CAP_BPF');
  const { flags = 0 } = spec;
  if (flags !== 0 && !areLoadFlags(flags, features)) fail('EINVAL', `flags ${flags} are not for a load`);
  if (!may.bpf) fail('EPERM', 'It takes CAP_BPF');
  const count = instructions.length / 8;
  // Without CAP_BPF it would be 4096, but such callers are refused before (unprivileged_bpf_disabled).
  if (count === 0 || count > INSTRUCTION_LIMIT)
    fail('E2BIG', `It has ${count} instructions; 1 to ${INSTRUCTION_LIMIT} are allowed`);
  if (isNetType(spec) && !may.bpfNet) fail('EPERM', `A program of type ${spec.type} takes CAP_NET_ADMIN`);
  if (isTracingType(spec) && !may.perfmon) fail('EPERM', `A program of type ${spec.type} takes CAP_PERFMON`);
  const target = spec.extends === undefined ? undefined : findTarget(caller, spec.extends);
  checkAttachArguments(spec, fail);
  if (machine.memoryExhausted)
    fail(features.loadOutOfMemoryIsInvalid ? 'EINVAL' : 'ENOMEM', 'There is no memory for it');
  chargeMemory(caller, measureProgram(instructions), fail);
  if (!isObjectName(spec.name)) fail('EINVAL', 'A name has at most 15 characters of [A-Za-z0-9_.]');
  verify(caller, spec, instructions, target, fail);
  return target;
}

type Fail = (code: ErrnoName, hint: string, log?: string) => never;

/** is_net_admin_prog_type */
function isNetType({ type }: ProgramSpec): boolean {
  return type === 'xdp' || type === 'tc' || type === 'tcx' || type === 'extension';
}

/** is_perfmon_prog_type */
function isTracingType({ type }: ProgramSpec): boolean {
  return type !== 'xdp' && type !== 'tc' && type !== 'tcx';
}

function findTarget(caller: Caller, target: NonNullable<ProgramSpec['extends']>): LoadTarget {
  const program = caller.program(target.program, LOAD, 'load an extension');
  return { program, functionName: target.functionName };
}

/** bpf_prog_load_check_attach: a target belongs to the types that have one. */
function checkAttachArguments(spec: ProgramSpec, fail: Fail): void {
  if (spec.attachTo !== undefined && !hasKernelTarget(spec))
    fail('EINVAL', `A program of type ${spec.type} takes no attachTo`);
  if (spec.extends !== undefined && spec.type !== 'extension')
    fail('EINVAL', `A program of type ${spec.type} takes no extends`);
}

function hasKernelTarget({ type }: ProgramSpec): boolean {
  return type === 'fentry' || type === 'fexit' || type === 'lsm';
}

/** bpf_prog_charge_memlock, before 5.11. */
function chargeMemory({ machine }: Caller, bytes: number, fail: Fail): void {
  const limit = machine.options.memlockLimitBytes;
  if (!machine.features.memlockAccounting || machine.store.lockedBytes + bytes <= limit) return;
  fail('EPERM', `RLIMIT_MEMLOCK is ${limit} bytes, of which ${machine.store.lockedBytes} are in use`, '');
}

export function measureProgram(instructions: Uint8Array): number {
  return Math.ceil((instructions.length + 1) / PAGE_BYTES) * PAGE_BYTES;
}

/** bpf_check. A log that does not fit is ENOSPC, whatever else is so (kernel/bpf/log.c, bpf_vlog_finalize). */
function verify(
  caller: Caller,
  spec: ProgramSpec,
  instructions: Uint8Array,
  target: LoadTarget | undefined,
  fail: Fail,
): void {
  const { features } = caller.machine;
  const { verifierLog } = spec;
  if (verifierLog !== undefined && !isLogValid(verifierLog, features))
    fail('EINVAL', 'The level and the size of the log do not go together');
  const found = findVerdict(caller, spec, instructions, target, fail);
  if (verifierLog === undefined) {
    if (found.code !== undefined) fail(found.code, REFUSED, 'log' in found ? found.log : renderWhole(found));
    return;
  }
  // What a test's own verifier says is the whole log.
  const { text, fits } =
    'log' in found ? cutLog(found.log, verifierLog, features) : writeLog(found, verifierLog, features);
  if (!fits) fail('ENOSPC', `The log does not fit into ${verifierLog.sizeBytes} bytes`, text);
  if (found.code !== undefined) fail(found.code, REFUSED, text);
}

const REFUSED = 'The verifier refused it';

/** The target first (check_attach_btf_id), then what the test says of the program, then the instructions. */
function findVerdict(
  caller: Caller,
  spec: ProgramSpec,
  instructions: Uint8Array,
  target: LoadTarget | undefined,
  fail: Fail,
): Verification | Required<VerifierVerdict> {
  const { machine } = caller;
  const problem = findAttachProblem(caller, spec, target, fail);
  if (problem !== undefined) return { code: 'EINVAL', problem, processed: 0, trace: '' };
  const asked: unknown = machine.rejections.get(spec.name) ?? machine.options.verifier?.(spec);
  if (asked === undefined) return verifyInstructions(instructions);
  const { code = 'EINVAL', log } = checkVerdict('FakeKernel verifier', asked);
  return { code, log };
}

/** check_attach_btf_id: why the program cannot be for what it says, in the kernel's words. */
function findAttachProblem(
  caller: Caller,
  spec: ProgramSpec,
  target: LoadTarget | undefined,
  fail: Fail,
): string | undefined {
  const { features } = caller.machine;
  if (((spec.flags ?? 0) & SLEEPABLE) !== 0 && !maySleep(spec, features))
    return 'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable';
  if (hasKernelTarget(spec)) return findKernelTargetProblem(caller, spec, fail);
  if (spec.type !== 'extension') return undefined;
  return target === undefined ? 'Tracing programs must provide btf_id' : findTargetProblem(target);
}

function findKernelTargetProblem({ machine }: Caller, spec: ProgramSpec, fail: Fail): string | undefined {
  const { attachTo } = spec;
  if (attachTo === undefined) return 'Tracing programs must provide btf_id';
  if (!machine.options.hasTarget({ kind: 'function', name: attachTo }))
    fail('ENOENT', `There is no function ${quote(attachTo)} in the kernel's BTF`);
  // kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog
  const isGpl = /^(GPL|GPL v2|GPL and additional rights|Dual (BSD|MIT|MPL)\/GPL)$/.test(spec.license ?? 'GPL');
  return spec.type === 'lsm' && !isGpl ? 'LSM programs must have a GPL compatible license' : undefined;
}

/** bpf_check_attach_target, for an extension: why it cannot replace the function, in the kernel's words. */
export function findTargetProblem({ program, functionName }: LoadTarget): string | undefined {
  if (program.type === 'extension') return 'Cannot recursively attach';
  if (program.type === 'fentry' || program.type === 'fexit') return 'Cannot extend fentry/fexit';
  if (program.facts.staticFunctions.includes(functionName)) return `${functionName}() is not a global function`;
  return program.facts.functions.includes(functionName) ? undefined : `Subprog ${functionName} doesn't exist`;
}
