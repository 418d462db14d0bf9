import type { BpfMap, ProgramSpec } from '../objects.js';
import { assembleDispatcher } from './assemble/dispatcher.js';
import { assembleExtension } from './assemble/extension.js';
import { assembleMinimal } from './assemble/minimal.js';
import { loadBtf } from './btf-load.js';
import type { ProgramCodeParts } from './code-parts.js';
import { describeProgram } from './describe.js';
import type { LinuxCaller } from './linux-caller.js';
import type { LinuxMap } from './linux-handle.js';
import { readProgramInfo } from './object-info.js';
import { openObject } from './program-object.js';

/** What the kernel is told beside the BTF. */
type PlainParts = Pick<ProgramCodeParts, 'instructions'> &
  Partial<Omit<ProgramCodeParts, 'btf'>> & { readonly btf?: Uint8Array };

/**
 * The instructions that are loaded: those given, those of an object file, or the smallest of the type. Maps that an object
 * file brings with it are created and added to `made`.
 */
export function openCode(
  caller: LinuxCaller,
  spec: ProgramSpec,
  maps: readonly BpfMap[],
  made: LinuxMap[],
): ProgramCodeParts {
  const { code } = spec;
  if (code !== undefined && 'object' in code) return openObject(caller, spec, code, maps, made);
  const { btf: types, ...parts } = selectParts(caller, spec, maps);
  const btf = types === undefined ? undefined : loadBtf(caller, types);
  return { ...parts, ...(btf === undefined ? {} : { btf }), [Symbol.dispose]: () => btf?.close() };
}

function selectParts(caller: LinuxCaller, spec: ProgramSpec, maps: readonly BpfMap[]): PlainParts {
  const { code, type, functions = [], staticFunctions = [] } = spec;
  if (code !== undefined && 'instructions' in code) {
    const { instructions } = code;
    return refersToMapsByPlace(instructions)
      ? { instructions, fdArray: maps.map((map) => caller.fdOf(map)) }
      : { instructions };
  }
  if (type === 'extension') return selectExtension(caller, spec);
  if (functions.length + staticFunctions.length === 0) return { instructions: assembleMinimal(type) };
  const { proceedOn } = spec;
  return assembleDispatcher({ type, functions, staticFunctions, ...(proceedOn === undefined ? {} : { proceedOn }) });
}

/** An extension has the prototype of what it replaces. Without a target there is none, and the kernel says so. */
function selectExtension(caller: LinuxCaller, { type, extends: target }: ProgramSpec): PlainParts {
  const extended = target === undefined ? undefined : findType(caller, target.program);
  if (extended === undefined || extended === 'extension') return { instructions: assembleMinimal(type) };
  return assembleExtension({ type: extended });
}

function findType(caller: LinuxCaller, ref: NonNullable<ProgramSpec['extends']>['program']) {
  try {
    return caller.runAsHelper(() =>
      caller.borrow(ref, 'program', 'look at a program', (fd) =>
        describeProgram(caller.machine.registry, readProgramInfo(fd)),
      ),
    )?.type;
  } catch {
    return undefined;
  }
}

/** BPF_PSEUDO_MAP_IDX (5) and BPF_PSEUDO_MAP_IDX_VALUE (6) of a 64-bit load, from Linux 5.14. */
function refersToMapsByPlace(instructions: Uint8Array): boolean {
  for (let at = 0; at < instructions.length; at += 8) {
    const source = (instructions[at + 1] ?? 0) >> 4;
    if (instructions[at] === 0x18 && (source === 5 || source === 6)) return true;
  }
  return false;
}
