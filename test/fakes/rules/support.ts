import { expect, onTestFinished } from 'vitest';
import { FakeNetIfaceResolver } from '../../../src/fakes/interfaces/fake-net-iface-resolver.js';
import { FakeKernel, type FakeKernelOptions } from '../../../src/fakes/kernel/fake-kernel.js';
import type { HookRef } from '../../../src/kernel/attach.js';
import type { Capability } from '../../../src/kernel/capabilities.js';
import type { Kernel } from '../../../src/kernel/contract.js';
import type {
  BpfLink,
  KernelObject,
  MapSpec,
  Program,
  ProgramRef,
  ProgramSpec,
  ProgramType,
} from '../../../src/kernel/objects.js';

/** Two devices whose driver runs XDP itself, and one that knows only generic XDP. */
export const ETH0 = 2;
export const ETH1 = 3;
export const LO = 1;
/** An index that no device has. */
export const NO_DEVICE = 999;
export const BPFFS = '/sys/fs/bpf';
export const INGRESS: HookRef = { ifindex: ETH0, direction: 'ingress' };
export const EGRESS: HookRef = { ifindex: ETH0, direction: 'egress' };
export const HASH: MapSpec = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 };

/** What a rule may ask of the machine it runs on. */
export type RuleKernelOptions = Pick<
  FakeKernelOptions,
  'profile' | 'deferred' | 'nextId' | 'memlockLimitBytes' | 'hasTarget'
>;

/** A kernel, and what lies outside of the contract: other processes, devices, the work that is put off. */
export interface RuleKernel {
  readonly kernel: Kernel;
  /** Another process on the kernel. */
  process(options?: { capabilities?: readonly Capability[]; netns?: string }): Kernel & { exit(): void };
  readonly interfaces: FakeNetIfaceResolver;
  readonly deferred: { readonly pending: readonly string[]; step(): string | undefined; drain(): number };
  setMemoryExhausted(exhausted: boolean): void;
}

/** The one place that says which kernel the rules are tried on. */
export function newRuleKernel(options: RuleKernelOptions = {}): RuleKernel {
  const interfaces = new FakeNetIfaceResolver();
  interfaces.add('eth1', { index: ETH1 });
  const kernel = new FakeKernel({ interfaces, ...options });
  onTestFinished(() => kernel[Symbol.asyncDispose]());
  return {
    kernel,
    interfaces,
    deferred: kernel.deferred,
    process: (processOptions) => kernel.process(processOptions),
    setMemoryExhausted: (exhausted) => kernel.setMemoryExhausted(exhausted),
  };
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

export async function loadMany(kernel: Kernel, type: ProgramType, count: number): Promise<Program[]> {
  const programs: Program[] = [];
  for (let index = 0; index < count; index += 1) programs.push(await load(kernel, type, { name: `p${index}` }));
  return programs;
}

/** The entry at an index, which the test has put there. */
export function at<T>(list: readonly T[], index: number): T {
  const entry = list[index];
  if (entry === undefined) throw new RangeError(`there is no entry ${index}`);
  return entry;
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

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function attachXdp(kernel: Kernel, program: ProgramRef, ifindex = ETH0): Promise<BpfLink> {
  return kernel.attach({ type: 'xdp', program, ifindex });
}

export function attachTcx(kernel: Kernel, program: ProgramRef, hook: HookRef = INGRESS): Promise<BpfLink> {
  return kernel.attach({ type: 'tcx', program, ...hook });
}

/** Makes an id the only name of a program: what else holds it then decides whether it lives. */
export async function letGo(object: KernelObject): Promise<number> {
  await object.close();
  return object.id;
}

export async function programIds(kernel: Kernel): Promise<readonly number[]> {
  return (await kernel.programs()).map((program) => program.id);
}

export async function tcxOrder(kernel: Kernel, hook: HookRef = INGRESS): Promise<readonly number[]> {
  return (await kernel.queryTcx(hook)).programs.map((entry) => entry.programId);
}

/** Whether a program is there, without a handle that would keep it. */
export async function hasProgram(kernel: Kernel, id: number): Promise<boolean> {
  return (await programIds(kernel)).includes(id);
}

/** What is listed of a link. */
export async function expectLink(kernel: Kernel, id: number, expected: object): Promise<void> {
  expect((await kernel.links()).find((link) => link.id === id)).toMatchObject(expected);
}
