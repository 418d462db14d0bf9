import type { HookRef } from '../../../src/kernel/attach.js';
import type { Kernel } from '../../../src/kernel/contract.js';
import type { MapSpec, Program, ProgramSpec, ProgramType } from '../../../src/kernel/objects.js';

/** `eth0` of the fake resolver; it has native XDP. */
export const ETH0 = 2;
/** `lo`; it has none. */
export const LO = 1;

export const INGRESS: HookRef = { ifindex: ETH0, direction: 'ingress' };

/** Loads the smallest program of a type, with what the type cannot do without. */
export async function loadOne(kernel: Kernel, type: ProgramType, rest: Partial<ProgramSpec> = {}): Promise<Program> {
  const needsTarget = type === 'fentry' || type === 'fexit' || type === 'lsm';
  return kernel.load({ name: `a_${type}`, type, ...(needsTarget ? { attachTo: 'do_unlinkat' } : {}), ...rest });
}

/** Loads a dispatcher and an extension for its first slot. */
export async function loadExtension(kernel: Kernel, type: ProgramType = 'xdp'): Promise<[Program, Program]> {
  const dispatcher = await kernel.load({ name: 'dispatcher', type, functions: ['prog0', 'prog1'] });
  const target = { program: dispatcher, functionName: 'prog0' };
  return [dispatcher, await kernel.load({ name: 'extension', type: 'extension', extends: target })];
}

export const HASH: MapSpec = { name: 'counts', type: 'hash', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 };

/** Four bytes, little endian. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Instructions from hexadecimal digits. */
export function code(hex: string): { readonly instructions: Uint8Array } {
  return {
    instructions: Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
  };
}
