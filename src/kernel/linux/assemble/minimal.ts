import type { ProgramType } from '../../objects.js';
import { assemble } from './assemble.js';
import { exit, movImm } from './instructions.js';

/** What the smallest program of a type returns: XDP lets packets pass (XDP_PASS is 2), all else answers 0. */
function selectResult(type: ProgramType): number {
  return type === 'xdp' ? 2 : 0;
}

/**
 * The smallest valid program of a type: `r0 = result; exit`. An extension needs BTF too: see `assembleExtension`.
 *
 * @param result - What it returns. @defaultValue 2 (XDP_PASS) for XDP, else 0
 * @throws UsageError when the result is no signed 32-bit number
 */
export function assembleMinimal(type: ProgramType, result: number = selectResult(type)): Uint8Array {
  return assemble([movImm(0, result), exit()]).instructions;
}
