import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { isErrnoName } from '../../core/errno.js';
import { quote, UsageError } from '../../core/errors.js';
import { checkPath, Mistakes } from '../../core/mistakes.js';
import { FaultPlan } from '../../faults/plan.js';
import { findCapabilityProblems } from '../../kernel/capabilities.js';
import { MAX_ID } from '../../kernel/ids.js';
import { FakeNetIfaceResolver } from '../interfaces/fake-net-iface-resolver.js';
import type { VerifierVerdict } from './calls/instructions.js';
import type { FakeKernelOptions } from './fake-kernel.js';
import type { FakeProcessOptions } from './fake-process.js';
import type { AttachTarget } from './machine.js';

const OPTIONS = [
  'profile',
  'faults',
  'interfaces',
  'clock',
  'bpffsMounts',
  'capabilities',
  'deferred',
  'recordLimit',
  'nextId',
  'idReuse',
  'memlockLimitBytes',
  'verifier',
  'hasTarget',
] as const satisfies readonly (keyof FakeKernelOptions)[];

/** @throws UsageError with every mistake in the options of a kernel; of the profile, its table says more */
export function checkKernelOptions(options: FakeKernelOptions): void {
  checkOptions('FakeKernel', options);
  const { bpffsMounts, deferred, nextId, idReuse, faults, recordLimit, memlockLimitBytes } = options;
  const problems = [...findUnknownOptions(options, OPTIONS), ...findCapabilityProblems(options.capabilities)];
  if (faults !== undefined && !(faults instanceof FaultPlan))
    problems.push(`faults must be a FaultPlan, not ${quote(faults)}`);
  if (faults !== undefined && recordLimit !== undefined)
    problems.push('recordLimit belongs to the plan: give it to the FaultPlan instead');
  if (options.interfaces !== undefined && !(options.interfaces instanceof FakeNetIfaceResolver))
    problems.push(`interfaces must be a FakeNetIfaceResolver, not ${quote(options.interfaces)}`);
  if (options.clock !== undefined && typeof options.clock?.now !== 'function')
    problems.push(`clock must be a Clock, not ${quote(options.clock)}`);
  if (
    bpffsMounts !== undefined &&
    !(Array.isArray(bpffsMounts) && bpffsMounts.every((path) => typeof path === 'string' && path.startsWith('/')))
  ) {
    problems.push(`bpffsMounts must be a list of absolute paths, not ${quote(bpffsMounts)}`);
  }
  if (deferred !== undefined && deferred !== 'immediate' && deferred !== 'manual') {
    problems.push(`deferred must be "immediate" or "manual", not ${quote(deferred)}`);
  }
  if (idReuse !== undefined && idReuse !== 'cyclic' && idReuse !== 'lowest') {
    problems.push(`idReuse must be "cyclic" or "lowest", not ${quote(idReuse)}`);
  }
  if (nextId !== undefined && !(Number.isInteger(nextId) && nextId >= 1 && nextId <= MAX_ID)) {
    problems.push(`nextId must be a whole number from 1 to ${MAX_ID}, not ${quote(nextId)}`);
  }
  if (memlockLimitBytes !== undefined && !(typeof memlockLimitBytes === 'number' && memlockLimitBytes >= 0)) {
    problems.push(`memlockLimitBytes must be a number of bytes from 0, not ${quote(memlockLimitBytes)}`);
  }
  for (const name of ['verifier', 'hasTarget'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function')
      problems.push(`${name} must be a function, not ${quote(value)}`);
  }
  if (problems.length > 0) throw new UsageError('FakeKernel', problems);
}

/** @throws UsageError with every mistake in the options of a process */
export function checkProcessOptions(options: FakeProcessOptions): void {
  checkOptions('FakeKernel.process', options);
  const mistakes = new Mistakes();
  for (const problem of findUnknownOptions(options, ['capabilities', 'netns'])) mistakes.add(problem);
  for (const problem of findCapabilityProblems(options.capabilities)) mistakes.add(problem);
  if (options.netns !== undefined) checkPath(mistakes, 'netns', options.netns);
  mistakes.throwIfAny('FakeKernel.process');
}

/** What a test's verifier says. @throws UsageError for what is no verdict, such as the promise of one */
export function checkVerdict(subject: string, verdict: unknown): VerifierVerdict {
  if (typeof verdict !== 'object' || verdict === null || !('log' in verdict) || typeof verdict.log !== 'string') {
    throw new UsageError(
      subject,
      `a verdict must be { log: '…' }, code or not, or undefined; received ${quote(verdict)}`,
    );
  }
  const { log } = verdict;
  const code: unknown = 'code' in verdict ? verdict.code : undefined;
  if (code === undefined) return { log };
  if (!isErrnoName(code)) {
    throw new UsageError(
      subject,
      `code must be the name of an error of Linux such as 'EINVAL'; received ${quote(code)}`,
    );
  }
  return { log, code };
}

/** @throws UsageError, when it is asked, for an answer that is neither true nor false: a promise would always be true */
export function guardTarget(hasTarget: FakeKernelOptions['hasTarget']): (target: AttachTarget) => boolean {
  if (hasTarget === undefined) return () => true;
  return (target) => {
    const answer: unknown = hasTarget(target);
    if (typeof answer === 'boolean') return answer;
    throw new UsageError('FakeKernel hasTarget', `it must answer true or false; received ${quote(answer)}`);
  };
}
