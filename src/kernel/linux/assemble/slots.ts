import { quote, UsageError } from '../../../core/errors.js';
import type { ProgramType } from '../../objects.js';
import { BtfBuilder } from '../btf/btf-builder.js';
import { encodeFunctionInfo } from '../btf/func-info.js';
import type { BtfFunctionLinkage } from '../btf/kinds.js';

/** A program with everything that BPF_PROG_LOAD needs for functions that others may replace. */
export interface AssembledProgram {
  readonly instructions: Uint8Array;
  /** For BPF_BTF_LOAD, before the program. */
  readonly btf: Uint8Array;
  /** Records of eight bytes, one for each function: `func_info`. */
  readonly functionInfo: Uint8Array;
}

/** The types of programs that can have slots; nothing extends an extension. */
export type SlotProgramType = Exclude<ProgramType, 'extension'>;

/** What the slots of a type of program have in common. */
export interface Flavour {
  /** The struct that a slot's only argument points to; without one, slots take nothing. */
  readonly context?: { readonly name: string; readonly sizeBytes: number };
  /** What a slot that nobody replaced returns. */
  readonly emptySlot: number;
  readonly proceedOn?: readonly number[];
  /** What the dispatcher returns when every slot let the packet go on. */
  readonly atTheEnd: number;
}

const XDP: Flavour = { context: { name: 'xdp_md', sizeBytes: 24 }, emptySlot: 31, proceedOn: [2, 31], atTheEnd: 2 };
const TC: Flavour = { context: { name: '__sk_buff', sizeBytes: 192 }, emptySlot: 30, proceedOn: [3, 30], atTheEnd: 0 };
const OTHER: Flavour = { emptySlot: 0, atTheEnd: 0 };

/** The flavour of a type of program. */
export function selectFlavour(type: SlotProgramType): Flavour {
  if (type === 'xdp') return XDP;
  return type === 'tc' || type === 'tcx' ? TC : OTHER;
}

/** A function of a program, and the instruction that it begins at. */
export interface AssembledFunction {
  readonly name: string;
  readonly linkage: BtfFunctionLinkage;
  readonly instruction: number;
}

/** The BTF of functions that all have a slot's prototype, and the records that say where each begins. */
export function describeFunctions(
  flavour: Flavour,
  functions: readonly AssembledFunction[],
): Pick<AssembledProgram, 'btf' | 'functionInfo'> {
  const btf = new BtfBuilder();
  const int = btf.int('int', 4);
  const { context } = flavour;
  const parameters =
    context === undefined ? [] : [{ name: 'ctx', type: btf.pointer(btf.struct(context.name, context.sizeBytes)) }];
  const proto = btf.functionProto(int, parameters);
  const records = functions.map(({ name, linkage, instruction }) => ({
    instruction,
    typeId: btf.function(name, proto, linkage),
  }));
  return { btf: btf.build(), functionInfo: encodeFunctionInfo(records) };
}

/**
 * Refuses names of functions that C would refuse, or that are there twice.
 *
 * @throws UsageError with all of them
 */
export function checkFunctionNames(subject: string, names: readonly string[]): void {
  const problems = names
    .filter((name, index) => names.indexOf(name) < index)
    .map((name) => `the function ${quote(name)} is named twice`);
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problems.push(`a function's name consists of letters, digits and "_"; received ${quote(name)}`);
    }
  }
  if (problems.length > 0) throw new UsageError(subject, problems);
}
