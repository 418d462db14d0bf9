import { createHash } from 'node:crypto';
import type { ErrnoName } from '../../../core/errno.js';
import type { ProgramSpec, ProgramType } from '../../../kernel/objects.js';
import type { VerifierReport } from './verifier-log.js';

/** `r0 = <value>; exit`, the smallest program there is. */
function returnValue(value: number): Uint8Array {
  return Uint8Array.of(0xb7, 0, 0, 0, value, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
}

/** XDP lets packets pass (XDP_PASS is 2); everything else returns 0. */
const XDP_PASS = returnValue(2);
const RETURN_ZERO = returnValue(0);

/** The instructions that are loaded: those given, or the smallest of the type. An object file counts as those too. */
export function selectInstructions(spec: ProgramSpec): Uint8Array {
  if (spec.code !== undefined && 'instructions' in spec.code) return spec.code.instructions;
  return smallestProgram(spec.type);
}

function smallestProgram(type: ProgramType): Uint8Array {
  return type === 'xdp' ? XDP_PASS : RETURN_ZERO;
}

/** The first eight bytes of the hash of the instructions: kernel/bpf/core.c, bpf_prog_calc_tag. */
export class TagMaker {
  readonly #algorithm: 'sha1' | 'sha256';
  readonly #known = new Map<Uint8Array, string>();

  constructor(algorithm: 'sha1' | 'sha256') {
    this.#algorithm = algorithm;
  }

  make(instructions: Uint8Array): string {
    const isSmallest = instructions === XDP_PASS || instructions === RETURN_ZERO;
    const known = isSmallest ? this.#known.get(instructions) : undefined;
    if (known !== undefined) return known;
    const tag = createHash(this.#algorithm).update(instructions).digest('hex').slice(0, 16);
    if (isSmallest) this.#known.set(instructions, tag);
    return tag;
  }
}

/** Why the verifier refuses a program. */
export interface VerifierVerdict {
  /** @defaultValue 'EINVAL' */
  readonly code?: ErrnoName;
  /** The verifier's words. */
  readonly log: string;
}

/** What the verifier found in the instructions, and with which error it refuses them, if it does. */
export interface Verification extends VerifierReport {
  readonly code: ErrnoName | undefined;
}

const CLASS_MASK = 0x07;
const JMP = 0x05;
const JMP32 = 0x06;
const EXIT = 0x95;
const MOVE = 0xb7;
const JA = 0x05;

/**
 * The part of kernel/bpf/verifier.c that is modelled: the last instruction must leave the program (check_subprogs), and
 * a program without jumps must have set R0 when it does (check_reg_arg), with the words of 6.18. All else passes.
 */
export function verifyInstructions(instructions: Uint8Array): Verification {
  const count = instructions.length / 8;
  const last = instructions[(count - 1) * 8] ?? 0;
  if (last !== EXIT && last !== JA && last !== 0x06) {
    return { code: 'EINVAL', problem: 'last insn is not an exit or jmp', processed: 0, trace: '' };
  }
  if (instructions === XDP_PASS || instructions === RETURN_ZERO) return new Acceptance(instructions);
  for (let index = 0; index < count; index += 1) {
    const opcode = instructions[index * 8] ?? 0;
    const kind = opcode & CLASS_MASK;
    if (opcode === EXIT) {
      const trace = traceInstructions(instructions, index + 1);
      return { code: 'EACCES', problem: 'R0 !read_ok', processed: index + 1, trace };
    }
    const isJump = kind === JMP || kind === JMP32;
    // A call and a jump lead too far for this model; whatever writes R0 makes the exit good.
    if (isJump || ((instructions[index * 8 + 1] ?? 0) & 0x0f) === 0) break;
  }
  return new Acceptance(instructions);
}

/** A program that is good: its trace is asked for only by those who gave a buffer for the log. */
class Acceptance implements Verification {
  readonly code = undefined;
  readonly problem = undefined;
  readonly #instructions: Uint8Array;

  constructor(instructions: Uint8Array) {
    this.#instructions = instructions;
  }

  get processed(): number {
    return this.#instructions.length / 8;
  }

  get trace(): string {
    return traceInstructions(this.#instructions, this.processed);
  }
}

/** A line for each instruction, as verbose_insn and print_insn_state write it; exact for moves of numbers and exits. */
function traceInstructions(instructions: Uint8Array, count: number): string {
  const lines = ['0: R1=ctx() R10=fp0'];
  const view = new DataView(instructions.buffer, instructions.byteOffset, instructions.byteLength);
  for (let index = 0; index < count; index += 1) {
    const opcode = instructions[index * 8] ?? 0;
    const code = `${index}: (${opcode.toString(16).padStart(2, '0')})`;
    const register = `${(instructions[index * 8 + 1] ?? 0) & 0x0f}`;
    const value = view.getInt32(index * 8 + 4, true);
    if (opcode === EXIT) lines.push(`${code} exit`);
    else if (opcode === MOVE)
      lines.push(`${`${code} r${register} = ${value}`.padEnd(STATE_COLUMN)}; R${register}=${value}`);
    else lines.push(`${code} r${register}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Where the state of the registers stands in a line of the trace. */
const STATE_COLUMN = 38;
