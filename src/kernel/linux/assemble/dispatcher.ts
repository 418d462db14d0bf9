import { UsageError } from '../../../core/errors.js';
import { assemble } from './assemble.js';
import {
  callFunction,
  exit,
  type Instruction,
  jump,
  jump32Imm,
  type Label,
  label,
  movImm,
  movReg,
} from './instructions.js';
import {
  type AssembledFunction,
  type AssembledProgram,
  checkFunctionNames,
  describeFunctions,
  type Flavour,
  type SlotProgramType,
  selectFlavour,
} from './slots.js';

/** What a dispatcher calls, and when it stops. */
export interface DispatcherSpec {
  readonly type: SlotProgramType;
  /** The name of the main function. @defaultValue 'dispatcher' */
  readonly name?: string;
  /** Global functions, called in this order: the slots that extensions may replace. */
  readonly functions: readonly string[];
  /** Static functions, called after those; the kernel lets none replace them. @defaultValue [] */
  readonly staticFunctions?: readonly string[];
  /**
   * Results of each slot after which the next one is called; every other result is the dispatcher's own. Only XDP and tc
   * programs have a choice, all others call every slot.
   * @defaultValue XDP_PASS (2) and 31 for XDP, TC_ACT_PIPE (3) and 30 for tc and tcx: what bpfman's dispatchers do
   */
  readonly proceedOn?: readonly (readonly number[])[];
}

/** No function can have this name: it is no identifier. */
const LEAVE = '(leave)';

/**
 * Assembles a dispatcher: a program that calls its slots in order, each a function `int slot(struct xdp_md *ctx)` (for
 * tc `struct __sk_buff *`, for other types without argument) that an extension may replace. A slot that nobody replaced
 * returns a value of its own, 31 for XDP and 30 for tc, after which the next slot is called.
 *
 * The kernel knows the context of a global function by the *name* of the struct alone (kernel/bpf/btf.c,
 * btf_is_prog_ctx_type), so the structs here have no members. It verifies a global function by itself and takes nothing
 * for granted about its result, so calls to empty slots stay.
 *
 * @throws UsageError when a name is no identifier or is given twice, `proceedOn` is empty, or there are too many functions for a jump
 *
 * @example
 * ```ts
 * const { instructions, btf, functionInfo } = assembleDispatcher({ type: 'xdp', functions: ['prog0', 'prog1'] });
 * ```
 */
export function assembleDispatcher(spec: DispatcherSpec): AssembledProgram {
  const flavour = selectFlavour(spec.type);
  const name = spec.name ?? 'dispatcher';
  const slots = [...spec.functions, ...(spec.staticFunctions ?? [])];
  checkFunctionNames('assembleDispatcher', [name, ...slots]);
  if (spec.proceedOn?.some((results) => results.length === 0)) {
    throw new UsageError(
      'assembleDispatcher',
      'proceedOn must have a result: nothing else leads to the next slot; received []',
    );
  }

  const { instructions, labels } = assemble([
    label(name),
    movReg(6, 1),
    ...slots.flatMap((slot, index) =>
      callSlot(slot, flavour, flavour.proceedOn && (spec.proceedOn?.[index] ?? flavour.proceedOn)),
    ),
    movImm(0, flavour.atTheEnd),
    // Shared by every slot that ends the chain: r0 is its result.
    label(LEAVE),
    exit(),
    ...slots.flatMap((slot) => [label(slot), movImm(0, flavour.emptySlot), exit()]),
  ]);
  const functions = [name, ...slots].map(
    (each): AssembledFunction => ({
      name: each,
      linkage: spec.staticFunctions?.includes(each) ? 'static' : 'global',
      instruction: labels.get(each) ?? 0,
    }),
  );
  return { instructions, ...describeFunctions(flavour, functions) };
}

function callSlot(
  slot: string,
  flavour: Flavour,
  proceedOn: readonly number[] | undefined,
): readonly (Instruction | Label)[] {
  const call = flavour.context === undefined ? [callFunction(slot)] : [movReg(1, 6), callFunction(slot)];
  if (proceedOn === undefined) return call;
  const next = `(after ${slot})`;
  return [
    ...call,
    // An int has 32 bits; what a compiled function leaves above them is not its result.
    ...proceedOn.map((result) => jump32Imm('eq', 0, result, next)),
    jump(LEAVE),
    label(next),
  ];
}
