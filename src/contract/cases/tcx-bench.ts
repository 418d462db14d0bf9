import type { TcxDetachSpec, TcxPosition, TcxProgramSpec } from '../../kernel/attach.js';
import type { BpfLink, Program } from '../../kernel/objects.js';
import type { ContractWorld } from '../world.js';
import { at, codeOf, loadMany, tcxOrder } from './support.js';

/** include/uapi/linux/bpf.h */
export const BPF_F_REPLACE = 1 << 2;
export const BPF_F_BEFORE = 1 << 3;
export const BPF_F_AFTER = 1 << 4;
export const BPF_F_ID = 1 << 5;
export const BPF_F_LINK = 1 << 13;
/** A bit that no call on TCX takes. */
export const UNKNOWN_FLAG = 1 << 20;
/** How many programs a hook takes. */
export const FULL = 63;

/** The ingress of the device with some programs on it, the first of those that are loaded. */
export interface TcxBench {
  readonly programs: readonly Program[];
  /** The ids of the programs, as they were loaded. */
  readonly ids: readonly number[];
  /** The program at an index of those that are loaded. */
  program(index: number): Program;
  /** Attaches a program without a link: what the kernel says. */
  attach(spec: Omit<TcxProgramSpec, 'ifindex' | 'direction'>): Promise<string>;
  /** Attaches a program with a link. */
  link(program: Program, rest?: TcxPosition & { readonly flags?: number }): Promise<BpfLink>;
  detach(spec?: Omit<TcxDetachSpec, 'ifindex' | 'direction'>): Promise<string>;
  /** The ids of the programs on the hook. */
  order(): Promise<readonly number[]>;
  revision(): Promise<number>;
}

/** Loads `attached` programs and puts them on the hook, and `spare` more. */
export async function setUpTcx(world: ContractWorld, attached: number, spare = 3): Promise<TcxBench> {
  const { kernel, ingress } = world;
  const programs = await loadMany(world, 'tcx', attached + spare);
  for (const program of programs.slice(0, attached)) await kernel.attachTcxProgram({ ...ingress, program });
  return {
    programs,
    ids: programs.map((program) => program.id),
    program: (index) => at(programs, index),
    attach: (spec) => codeOf(kernel.attachTcxProgram({ ...ingress, ...spec })),
    link: (program, rest = {}) => kernel.attach({ type: 'tcx', ...ingress, program, ...rest }),
    detach: (spec = {}) => codeOf(kernel.detachTcxProgram({ ...ingress, ...spec })),
    order: () => tcxOrder(world),
    revision: async () => (await kernel.queryTcx(ingress)).revision,
  };
}
