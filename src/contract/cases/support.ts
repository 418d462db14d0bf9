import assert from 'node:assert/strict';
import { errnoOf, KernelError } from '../../core/kernel-error.js';
import { until } from '../../core/until.js';
import type { HookRef } from '../../kernel/attach.js';
import type { Kernel } from '../../kernel/contract.js';
import type {
  BpfLink,
  KernelObject,
  LinkInfo,
  MapSpec,
  Program,
  ProgramRef,
  ProgramSpec,
  ProgramType,
} from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';

/** An id that no object has. */
export const DEAD_ID = 1_000_000_000;
/** An index that no device has. */
export const NO_DEVICE = { ifindex: 2_000_000_000 };
export const HASH: MapSpec = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 };

/** Names that nothing has. */
export const MISSING = { tracepoint: 'nothing:missing', functionName: 'no_such_function', path: '/no/such/file' };

/** The name of the error that a call is refused with, or `ok`. @throws what is no kernel's refusal */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return code;
  }
}

/** Loads the smallest program of a type. */
export function load(
  world: ContractWorld,
  type: ProgramType,
  rest: Partial<ProgramSpec> = {},
  kernel: Kernel = world.kernel,
): Promise<Program> {
  const { functions, lsmHooks } = world.targets;
  const attachTo = type === 'lsm' ? lsmHooks[0] : type === 'fentry' || type === 'fexit' ? functions[0] : undefined;
  return kernel.load({ name: `a_${type}`, type, ...(attachTo === undefined ? {} : { attachTo }), ...rest });
}

export async function loadMany(world: ContractWorld, type: ProgramType, count: number): Promise<readonly Program[]> {
  const programs: Program[] = [];
  for (let index = 0; index < count; index += 1) programs.push(await load(world, type, { name: `p${index}` }));
  return programs;
}

/** The entry at an index, which the case has put there. */
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

export function attachXdp(world: ContractWorld, program: ProgramRef, device = world.device): Promise<BpfLink> {
  return world.kernel.attach({ type: 'xdp', program, ...device });
}

export function attachTcx(world: ContractWorld, program: ProgramRef, hook: HookRef = world.ingress): Promise<BpfLink> {
  return world.kernel.attach({ type: 'tcx', program, ...hook });
}

/** Makes an id the only name of an object: what else holds it then decides whether it lives. */
export async function letGo(object: KernelObject): Promise<number> {
  await object.close();
  return object.id;
}

export async function programIds(kernel: Kernel): Promise<readonly number[]> {
  return (await kernel.programs()).map((program) => program.id);
}

export async function tcxOrder(world: ContractWorld, hook: HookRef = world.ingress): Promise<readonly number[]> {
  return (await world.kernel.queryTcx(hook)).programs.map((entry) => entry.programId);
}

/** Whether a program is there, without a handle that would keep it. */
export async function hasProgram(kernel: Kernel, id: number): Promise<boolean> {
  return (await programIds(kernel)).includes(id);
}

/** What is listed of a link. */
export async function findLink(kernel: Kernel, id: number): Promise<LinkInfo | undefined> {
  return (await kernel.links()).find((link) => link.id === id);
}

/** Cases that are true of a release on and later ones, unless they say more. */
export function allSince(release: string, cases: readonly ContractCase[]): readonly ContractCase[] {
  return cases.map((each) => ({ since: release, ...each }));
}

/** Whether a link is listed. */
export async function hasLink(kernel: Kernel, id: number): Promise<boolean> {
  return (await findLink(kernel, id)) !== undefined;
}

/** Whether a map is listed. */
export async function hasMap(kernel: Kernel, id: number): Promise<boolean> {
  return (await kernel.maps()).some((map) => map.id === id);
}

/** A path in the directory of a world. */
export function under(world: ContractWorld, path: string): string {
  return `${world.bpffs}/${path}`;
}

/** What a call that is refused is refused with. @throws AssertionError when it is not refused */
export async function refusalOf(call: Promise<unknown>): Promise<KernelError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  assert.fail('it was not refused');
}

/**
 * Returns when no program or map has the id. Linux frees some of them late: after all readers, then from a work queue.
 *
 * @throws TimeoutError when it stays for two seconds
 */
export async function untilGone(world: ContractWorld, kind: 'program' | 'map', id: number): Promise<void> {
  await world.settle();
  const has = kind === 'program' ? hasProgram : hasMap;
  const description = `${kind} ${id} to be gone`;
  await until(async () => !(await has(world.kernel, id)), { intervalMs: 1, timeoutMs: 30_000, description });
}
