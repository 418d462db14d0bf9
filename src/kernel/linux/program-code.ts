import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import type { BpfMap, ProgramSpec } from '../objects.js';
import { assembleDispatcher } from './assemble/dispatcher.js';
import { assembleExtension } from './assemble/extension.js';
import { assembleMinimal } from './assemble/minimal.js';
import { bpfOpen } from './bpf-call.js';
import { describeProgram } from './describe.js';
import type { LinuxCaller } from './linux-caller.js';
import type { LinuxMap } from './linux-handle.js';
import { readProgramInfo } from './object-info.js';

/** The instructions of a program and what belongs to them. Its BTF is open until this is disposed. */
export interface ProgramCodeParts extends Disposable {
  readonly instructions: Uint8Array;
  readonly flags: number;
  readonly btf: FileDescriptor | undefined;
  readonly functionInfo: Uint8Array | undefined;
  readonly lineInfo: Uint8Array | undefined;
  readonly fdArray: readonly number[] | undefined;
}

/** What an assembler or a loader of objects gives. */
interface PlainParts {
  readonly instructions: Uint8Array;
  readonly btf?: Uint8Array;
  readonly functionInfo?: Uint8Array;
  readonly lineInfo?: Uint8Array;
  readonly fdArray?: readonly number[];
  readonly flags?: number;
}

/**
 * The instructions that are loaded: those given, those of an object file, or the smallest of the type. Maps that an object
 * file brings with it are created and added to `made`.
 */
export function openCode(
  caller: LinuxCaller,
  spec: ProgramSpec,
  maps: readonly BpfMap[],
  _made: LinuxMap[],
): ProgramCodeParts {
  const parts = selectParts(caller, spec, maps);
  // With all rights: who may not load a program is to hear it of the program.
  const btf = parts.btf === undefined ? undefined : caller.runAsHelper(() => loadBtf(parts.btf));
  return {
    instructions: parts.instructions,
    flags: parts.flags ?? 0,
    btf,
    functionInfo: parts.functionInfo,
    lineInfo: parts.lineInfo,
    fdArray: parts.fdArray,
    [Symbol.dispose]: () => btf?.close(),
  };
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
  return assembleDispatcher({ type, functions, staticFunctions });
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

/** BPF_BTF_LOAD. @throws KernelError */
function loadBtf(bytes: Uint8Array | undefined): FileDescriptor {
  const attributes = new CStruct(32).pointer(0, bytes).u32(16, bytes?.length ?? 0);
  return bpfOpen('BTF_LOAD', attributes, 'load the types of a program');
}

/** BPF_PSEUDO_MAP_IDX (5) and BPF_PSEUDO_MAP_IDX_VALUE (6) of a 64-bit load, from Linux 5.14. */
function refersToMapsByPlace(instructions: Uint8Array): boolean {
  for (let at = 0; at < instructions.length; at += 8) {
    const source = (instructions[at + 1] ?? 0) >> 4;
    if (instructions[at] === 0x18 && (source === 5 || source === 6)) return true;
  }
  return false;
}
