import { quote, UsageError } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { Instruction, Label } from './instructions.js';

/** The size of one slot; a 64-bit load takes two. */
export const INSTRUCTION_SIZE_BYTES = 8;

/** Assembled code, and where its labels came to lie. */
export interface Assembled {
  /** eBPF's encoding, eight bytes for each slot, as BPF_PROG_LOAD takes it. */
  readonly instructions: Uint8Array;
  /** The slot of every label, in the order of the source. */
  readonly labels: ReadonlyMap<string, number>;
}

/**
 * Encodes instructions for a little-endian machine. Labels may be used before they are placed.
 *
 * @throws UsageError with every label that is missing or placed twice, and every number that does not fit its field
 *
 * @example
 * ```ts
 * const { instructions } = assemble([movImm(0, 2), exit()]); // an XDP program that lets every packet pass
 * ```
 */
export function assemble(source: readonly (Instruction | Label)[]): Assembled {
  const problems: string[] = [];
  const { labels, count } = placeLabels(source, problems);
  const instructions = new Uint8Array(count * INSTRUCTION_SIZE_BYTES);
  const view = new DataView(instructions.buffer);
  let slot = 0;
  for (const statement of source) {
    if ('label' in statement) continue;
    const resolved = resolveTarget(statement, slot, labels, problems);
    checkFields(resolved, slot, problems);
    encodeSlot(view, slot, resolved);
    if (resolved.upperImmediate !== undefined) {
      view.setInt32((slot + 1) * INSTRUCTION_SIZE_BYTES + 4, resolved.upperImmediate, true);
    }
    slot += countSlots(statement);
  }
  if (problems.length > 0) throw new UsageError('assemble', problems);
  return { instructions, labels };
}

function countSlots(statement: Instruction): number {
  return statement.upperImmediate === undefined ? 1 : 2;
}

function placeLabels(source: readonly (Instruction | Label)[], problems: string[]) {
  const labels = new Map<string, number>();
  let count = 0;
  for (const statement of source) {
    if ('label' in statement) {
      if (labels.has(statement.label)) problems.push(`label ${quote(statement.label)} is placed twice`);
      labels.set(statement.label, count);
    } else {
      count += countSlots(statement);
    }
  }
  return { labels, count };
}

function resolveTarget(
  statement: Instruction,
  slot: number,
  labels: ReadonlyMap<string, number>,
  problems: string[],
): Instruction {
  if (statement.target === undefined) return statement;
  const { label, field } = statement.target;
  const place = labels.get(label);
  if (place === undefined) {
    problems.push(
      `instruction ${slot} refers to label ${quote(label)}, which is nowhere${suggest(label, labels.keys())}`,
    );
    return statement;
  }
  // Jumps and calls count from the instruction after their own.
  return { ...statement, [field]: place - (slot + 1) };
}

function checkFields(instruction: Instruction, slot: number, problems: string[]): void {
  const check = (what: string, value: number, bits: number) => {
    const limit = 2 ** (bits - 1);
    if (Number.isInteger(value) && value >= -limit && value < limit) return;
    problems.push(`instruction ${slot}: the ${what} must be a signed ${bits}-bit number; received ${quote(value)}`);
  };
  check('offset', instruction.offset, 16);
  check('immediate', instruction.immediate, 32);
  if (instruction.upperImmediate !== undefined) check('upper immediate', instruction.upperImmediate, 32);
  for (const register of [instruction.destination, instruction.source]) {
    if (Number.isInteger(register) && register >= 0 && register <= 10) continue;
    problems.push(`instruction ${slot}: a register is a number from 0 to 10; received ${quote(register)}`);
  }
}

function encodeSlot(view: DataView, slot: number, instruction: Instruction): void {
  const at = slot * INSTRUCTION_SIZE_BYTES;
  view.setUint8(at, instruction.opcode);
  view.setUint8(at + 1, instruction.destination | (instruction.source << 4));
  view.setInt16(at + 2, instruction.offset, true);
  view.setInt32(at + 4, instruction.immediate, true);
}
