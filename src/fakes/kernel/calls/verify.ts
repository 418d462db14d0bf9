import type { ErrnoName } from '../../../core/errno.js';
import { quote } from '../../../core/errors.js';
import type { ProgramSpec } from '../../../kernel/objects.js';
import type { Caller } from '../caller.js';
import { checkVerdict } from '../kernel-options.js';
import type { LoadTarget } from '../objects/kernel-objects.js';
import { isObjectName } from '../objects/map-rules.js';
import { verifyInstructions } from './instructions.js';
import { refuse } from './refuse.js';

export const LOAD = 'bpf(BPF_PROG_LOAD)';
/** BPF_COMPLEXITY_LIMIT_INSNS: include/linux/bpf.h. */
const INSTRUCTION_LIMIT = 1_000_000;
const PAGE_BYTES = 4096;

/** bpf_prog_load and bpf_check, in their order (kernel/bpf/syscall.c, kernel/bpf/verifier.c). @throws KernelError */
export function checkLoad(caller: Caller, spec: ProgramSpec, instructions: Uint8Array): LoadTarget | undefined {
  const { may, machine } = caller;
  const fail: Fail = (code, hint, log) =>
    refuse(code, LOAD, `load program ${quote(spec.name)} (${spec.type})`, hint, log);
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
    fail(machine.features.loadOutOfMemoryIsInvalid ? 'EINVAL' : 'ENOMEM', 'There is no memory for it');
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

/** bpf_check: the target first (check_attach_btf_id), then the instructions; then what the test says of the program. */
function verify(
  caller: Caller,
  spec: ProgramSpec,
  instructions: Uint8Array,
  target: LoadTarget | undefined,
  fail: Fail,
): void {
  const { machine } = caller;
  if (hasKernelTarget(spec)) verifyKernelTarget(caller, spec, fail);
  if (spec.type === 'extension') {
    const problem = target === undefined ? 'Tracing programs must provide btf_id' : findTargetProblem(target);
    if (problem !== undefined) fail('EINVAL', 'The verifier refused it', problem);
  }
  const asked: unknown = machine.rejections.get(spec.name) ?? machine.options.verifier?.(spec);
  const verdict = asked === undefined ? verifyInstructions(instructions) : checkVerdict('FakeKernel verifier', asked);
  if (verdict !== undefined) fail(verdict.code ?? 'EINVAL', 'The verifier refused it', verdict.log);
}

function verifyKernelTarget({ machine }: Caller, spec: ProgramSpec, fail: Fail): void {
  const { attachTo } = spec;
  if (attachTo === undefined) fail('EINVAL', 'The verifier refused it', 'Tracing programs must provide btf_id');
  if (attachTo !== undefined && !machine.options.hasTarget({ kind: 'function', name: attachTo })) {
    fail('ENOENT', `There is no function ${quote(attachTo)} in the kernel's BTF`);
  }
  // kernel/bpf/bpf_lsm.c, bpf_lsm_verify_prog
  if (
    spec.type === 'lsm' &&
    !/^(GPL|GPL v2|GPL and additional rights|Dual (BSD|MIT|MPL)\/GPL)$/.test(spec.license ?? 'GPL')
  ) {
    fail('EINVAL', 'The verifier refused it', 'LSM programs must have a GPL compatible license');
  }
}

/** bpf_check_attach_target, for an extension: why it cannot replace the function, in the kernel's words. */
export function findTargetProblem({ program, functionName }: LoadTarget): string | undefined {
  if (program.type === 'extension') return 'Cannot recursively attach';
  if (program.type === 'fentry' || program.type === 'fexit') return 'Cannot extend fentry/fexit';
  // Whether it is static or not there at all: it is not among the functions that may be replaced.
  return program.facts.functions.includes(functionName) ? undefined : `Subprog ${functionName} doesn't exist`;
}
