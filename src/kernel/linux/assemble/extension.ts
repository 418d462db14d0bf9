import { assemble } from './assemble.js';
import { exit, movImm } from './instructions.js';
import {
  type AssembledProgram,
  checkFunctionNames,
  describeFunctions,
  type SlotProgramType,
  selectFlavour,
} from './slots.js';

/** What an extension replaces, and with what. */
export interface ExtensionSpec {
  /** The type of the program that is extended, whose slots decide on the function's argument. */
  readonly type: SlotProgramType;
  /** The name of the function. @defaultValue 'extension' */
  readonly name?: string;
  /** What the function returns. @defaultValue 2 (XDP_PASS) for XDP, 3 (TC_ACT_PIPE) for tc, else 0 */
  readonly returns?: number;
}

/**
 * Assembles the smallest extension program that fits a slot of `assembleDispatcher`: a function with the slot's
 * prototype that returns a number.
 *
 * @throws UsageError when the name is no identifier or the result no signed 32-bit number
 */
export function assembleExtension(spec: ExtensionSpec): AssembledProgram {
  const flavour = selectFlavour(spec.type);
  const name = spec.name ?? 'extension';
  checkFunctionNames('assembleExtension', [name]);
  const result = spec.returns ?? flavour.proceedOn?.[0] ?? 0;
  const { instructions } = assemble([movImm(0, result), exit()]);
  return { instructions, ...describeFunctions(flavour, [{ name, linkage: 'global', instruction: 0 }]) };
}
