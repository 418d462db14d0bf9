import type { RuleId } from './rules.js';
import type { ContractNeed, ContractWorld, WorldOptions } from './world.js';

/** One thing that a kernel does, as a program that sees whether it is so. */
export interface ContractCase {
  /** Unique and stable: `tcx.stale-before-exists`. */
  readonly id: string;
  /** The rules of the table that it tries. */
  readonly rules: readonly RuleId[];
  /** What is so, as a sentence. */
  readonly title: string;
  /** Where it is in the kernel's source: file and function. */
  readonly source: string;
  /** The first release of which it is true. @defaultValue every release from 5.10 on */
  readonly since?: string;
  /** The first release of which it is true no more. @defaultValue none */
  readonly until?: string;
  /** What the world must be able to give. @defaultValue [] */
  readonly needs?: readonly ContractNeed[];
  readonly world?: WorldOptions;
  /** Returns when it is so. @throws AssertionError (of node:assert) when it is not */
  readonly run: (world: ContractWorld) => Promise<void>;
}
