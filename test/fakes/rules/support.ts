import { FakeKernel } from '../../../src/fakes/kernel/fake-kernel.js';
import type { KernelProfileName } from '../../../src/fakes/kernel/profiles.js';
import type { Capability } from '../../../src/kernel/capabilities.js';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { BpfLink, Program, ProgramRef, ProgramSpec, ProgramType } from '../../../src/kernel/objects.js';
import { keep } from '../../support/keep.js';

const ETH0 = 2;

/** What a rule may ask of the machine it runs on. */
export interface RuleKernelOptions {
  readonly profile?: KernelProfileName;
}

/** A kernel, and other processes on it. */
export interface RuleKernel {
  readonly kernel: Kernel;
  process(options: { readonly capabilities: readonly Capability[] }): Kernel;
}

export function newRuleKernel(options: RuleKernelOptions = {}): RuleKernel {
  const kernel = keep(new FakeKernel(options));
  return { kernel, process: (processOptions) => kernel.process(processOptions) };
}

/** A kernel for rules that need nothing beside it. */
export function newKernel(options: RuleKernelOptions = {}): Kernel {
  return newRuleKernel(options).kernel;
}

/** Loads the smallest program of a type. */
export function load(kernel: Kernel, type: ProgramType, rest: Partial<ProgramSpec> = {}): Promise<Program> {
  const needsTarget = type === 'fentry' || type === 'fexit' || type === 'lsm';
  const attachTo = type === 'lsm' ? 'file_open' : 'do_unlinkat';
  return kernel.load({ name: `a_${type}`, type, ...(needsTarget ? { attachTo } : {}), ...rest });
}

/** `count` instructions: r0 = 0, again and again, then exit. */
export function instructions(count: number): { readonly instructions: Uint8Array } {
  const bytes = new Uint8Array(count * 8);
  for (let offset = 0; offset < bytes.length; offset += 8) bytes[offset] = 0xb7;
  if (count > 0) bytes[bytes.length - 8] = 0x95;
  return { instructions: bytes };
}

/** A lone exit, which the verifier refuses: R0 was never written. */
export const EXIT_ONLY = { instructions: Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0) };

export function attachXdp(kernel: Kernel, program: ProgramRef): Promise<BpfLink> {
  return kernel.attach({ type: 'xdp', program, ifindex: ETH0 });
}
