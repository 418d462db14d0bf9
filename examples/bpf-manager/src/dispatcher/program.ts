import type { Program, ProgramSpec } from 'glovebox/kernel';
import type { DispatcherKind } from '../model.js';
import { emptySlotCode, proceedOnCodes } from './proceed-on.js';

/** How many programs a dispatcher runs at most. */
export const MAX_SLOTS = 10;

/**
 * The name of a dispatcher program in the kernel. No other software's is called so (libxdp's is `xdp_dispatcher`): what
 * carries it is the manager's own, pinned or not.
 */
export function dispatcherName(kind: DispatcherKind): string {
  return kind === 'xdp' ? 'bpfm_xdp_disp' : 'bpfm_tc_disp';
}

/** The function of a dispatcher that a slot's program takes the place of. */
export function slotFunction(position: number): string {
  return `prog${position}`;
}

/**
 * A dispatcher: a program that calls ten functions in turn, each of which an extension may replace.
 * @param masks - Of each slot that is used, the return codes after which to go on.
 */
export function dispatcherSpec(kind: DispatcherKind, masks: readonly number[]): ProgramSpec {
  const type = kind === 'xdp' ? 'xdp' : 'tc';
  return {
    name: dispatcherName(kind),
    type,
    // A slot may be emptied later, when its program is gone: then those after it still run.
    proceedOn: masks.map((mask) => [...new Set([...proceedOnCodes(type, mask), emptySlotCode(type)])]),
    functions: Array.from({ length: MAX_SLOTS }, (_, position) => slotFunction(position)),
    maps: [{ name: 'config', type: 'array', keySizeBytes: 4, valueSizeBytes: CONFIG_BYTES, maxEntries: 1 }],
  };
}

/** The name of a prototype in the kernel. */
export function prototypeName(type: 'xdp' | 'tc'): string {
  return `bpfm_${type}_proto`;
}

/** What extensions are verified against when they are loaded, before there is a dispatcher to put them in. */
export function prototypeSpec(type: 'xdp' | 'tc'): ProgramSpec {
  return { name: prototypeName(type), type, functions: [slotFunction(0)] };
}

const CONFIG_BYTES = 4 + 4 * MAX_SLOTS;

/** Writes down how many slots are in use, and after which return codes to go on from each, for whoever looks at it. */
export async function configure(dispatcher: Program, proceedOn: readonly number[]): Promise<void> {
  const [config] = dispatcher.maps;
  if (!config) throw new Error(`${dispatcher.name} was loaded without its config map`);
  await config.update(new Uint8Array(4), encodeConfig(proceedOn));
}

export function encodeConfig(proceedOn: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(CONFIG_BYTES));
  view.setUint32(0, proceedOn.length, true);
  for (const [position, mask] of proceedOn.entries()) view.setUint32(4 + 4 * position, mask, true);
  return new Uint8Array(view.buffer);
}
