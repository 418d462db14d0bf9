import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import type { Clock } from '../../core/clock.js';
import { quote, UnsupportedError } from '../../core/errors.js';
import { checkChoice, checkPath, Mistakes } from '../../core/mistakes.js';
import { FaultPlan } from '../../faults/plan.js';
import { CStruct } from '../../native/c-struct.js';
import { requireProc } from '../../native/proc.js';
import { findMissingSystemCalls } from '../../native/system-call.js';
import { type Capability, findCapabilityProblems } from '../capabilities.js';
import type { NetIfaceResolver } from '../interfaces.js';
import { tryBpf } from './bpf-call.js';

/** How a {@link LinuxKernel} is made. */
export interface LinuxKernelOptions {
  /** The path of the network namespace where it works, which it keeps alive. @defaultValue that of the calling thread */
  readonly netns?: string;
  /**
   * Where pins live: on a bpffs of its own, which is mounted nowhere and seems to be at `/sys/fs/bpf`, or below a directory
   * on a bpffs that is mounted.
   * @defaultValue 'private'
   */
  readonly bpffs?: string;
  /** Of the four capabilities that calls ask for, those that are effective during its calls. @defaultValue all that this process has */
  readonly capabilities?: readonly Capability[];
  /** The plan that its calls go through. @defaultValue a plan of its own */
  readonly faults?: FaultPlan;
  /** The clock of its own plan. @defaultValue the machine's */
  readonly clock?: Clock;
  /**
   * What listings, searches for the next id and snapshots show: what was made here, by its processes and by what was
   * injected too, or all that there is.
   * @defaultValue 'own'
   */
  readonly visibility?: 'own' | 'host';
  /**
   * A path on the machine for the path of a network namespace in a call, such as those that only a
   * `PrivateNetIfaceResolver` knows; `netns` above is one on the machine already. @defaultValue the same path
   */
  readonly resolveNetns?: (path: string) => string;
  /** Kept as `interfaces`, for tests that hand a resolver to what they test. */
  readonly interfaces?: NetIfaceResolver;
}

/** What a process on a Linux kernel may do, and where it is. */
export interface LinuxProcessOptions {
  /** @defaultValue all of the four that this process has */
  readonly capabilities?: readonly Capability[];
  /** The path of its network namespace. @defaultValue the kernel's first */
  readonly netns?: string;
}

const OPTIONS = [
  'netns',
  'bpffs',
  'capabilities',
  'faults',
  'clock',
  'visibility',
  'resolveNetns',
  'interfaces',
] as const satisfies readonly (keyof LinuxKernelOptions)[];
const ENOSYS = -38;

/** @throws UsageError with every mistake in the options of a kernel */
export function checkKernelOptions(options: LinuxKernelOptions): void {
  checkOptions('LinuxKernel', options);
  const { netns, bpffs, capabilities, faults, clock, visibility, resolveNetns } = options;
  const mistakes = new Mistakes();
  for (const problem of findUnknownOptions(options, OPTIONS)) mistakes.add(problem);
  for (const problem of findCapabilityProblems(capabilities)) mistakes.add(problem);
  if (netns !== undefined) checkPath(mistakes, 'netns', netns);
  if (
    bpffs !== undefined &&
    bpffs !== 'private' &&
    !(typeof bpffs === 'string' && bpffs.startsWith('/') && !bpffs.includes('\0'))
  )
    mistakes.add(`bpffs must be "private" or the path of a directory on a bpffs, not ${quote(bpffs)}`);
  if (faults !== undefined && !(faults instanceof FaultPlan))
    mistakes.add(`faults must be a FaultPlan, not ${quote(faults)}`);
  if (clock !== undefined && typeof clock?.now !== 'function')
    mistakes.add(`clock must be a Clock, not ${quote(clock)}`);
  if (faults !== undefined && clock !== undefined)
    mistakes.add('clock belongs to the plan: give it to the FaultPlan instead');
  if (visibility !== undefined) checkChoice(mistakes, 'visibility', visibility, ['own', 'host']);
  if (resolveNetns !== undefined && typeof resolveNetns !== 'function')
    mistakes.add(`resolveNetns must be a function, not ${quote(resolveNetns)}`);
  mistakes.throwIfAny('LinuxKernel');
}

/** @throws UsageError with every mistake in the options of a process */
export function checkProcessOptions(options: LinuxProcessOptions): void {
  checkOptions('LinuxKernel.process', options);
  const mistakes = new Mistakes();
  for (const problem of findUnknownOptions(options, ['capabilities', 'netns'])) mistakes.add(problem);
  for (const problem of findCapabilityProblems(options.capabilities)) mistakes.add(problem);
  if (options.netns !== undefined) checkPath(mistakes, 'netns', options.netns);
  mistakes.throwIfAny('LinuxKernel.process');
}

/** @throws UnsupportedError where there is no Linux with bpf(2), or no procfs; who may use it is each call's to say */
export function requireBpf(): void {
  const missing = findMissingSystemCalls();
  if (missing !== undefined) throw missing;
  requireProc();
  if (tryBpf('PROG_GET_NEXT_ID', new CStruct(12)) !== ENOSYS) return;
  throw new UnsupportedError({
    capability: 'bpf(2)',
    reason: 'this kernel, or a seccomp filter around this process, does not have the system call',
    fix: 'run a kernel that was built with CONFIG_BPF_SYSCALL=y; in a container, allow bpf(2) (--security-opt seccomp=unconfined)',
  });
}
