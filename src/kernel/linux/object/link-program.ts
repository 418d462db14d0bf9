import { quote, UnsupportedError, UsageError } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import { PSEUDO_CALL, PSEUDO_FUNC, PSEUDO_MAP_FD, PSEUDO_MAP_VALUE } from '../assemble/instructions.js';
import { encodeFunctionInfo, encodeLineInfo, type FunctionInfo, type LineInfo } from '../btf/func-info.js';
import { describeAccess } from './describe-access.js';
import type { ObjectFile, ObjectFunction, ObjectMap } from './object-file.js';
import { findReferences, indexPlaces, type Reference } from './references.js';

const INSTRUCTION_BYTES = 8;
/** How many of a program's adjustments a message names. */
const MOST_NAMED = 3;

/** Where a program finds its maps. */
export interface LinkOptions {
  /** Gives the file descriptor of a map, which may be created right then. Asked once for each map that the program uses. */
  readonly mapFd: (map: ObjectMap) => number;
}

/** A program ready for BPF_PROG_LOAD. */
export interface LinkedProgram {
  readonly instructions: Uint8Array;
  /** The functions in it, the program itself first, in the order of their places. */
  readonly functions: readonly string[];
  /** The maps that it refers to, in the order of their first use. */
  readonly maps: readonly ObjectMap[];
  /** `func_info`, eight bytes for each function; undefined when the object does not describe every one of them. */
  readonly functionInfo: Uint8Array | undefined;
  /** `line_info`, 16 bytes each; undefined when the object lacks the first line of a function. */
  readonly lineInfo: Uint8Array | undefined;
}

/**
 * Makes a program of an object whole: appends the functions that it calls, and those that they call, and puts file
 * descriptors of maps, distances of calls and addresses of callbacks into its instructions.
 *
 * @throws UsageError when the object has no such program, or an instruction refers to something that makes no sense
 * @throws UnsupportedError when the program needs CO-RE: what it reads would have to be looked up in the running kernel
 *
 * @example
 * ```ts
 * const { instructions } = linkProgram(object, 'drop', { mapFd: (map) => fds.get(map.name) ?? -1 });
 * ```
 */
export function linkProgram(object: ObjectFile, program: string, options: LinkOptions): LinkedProgram {
  const names = object.programs.map(({ name }) => name);
  const wanted = object.programs.find(({ name }) => name === program);
  const main = object.functions.find(({ name, section }) => name === program && section === wanted?.section);
  if (main === undefined) {
    throw new UsageError(
      'linkProgram',
      `the program must be one of ${names.map(quote).join(', ')}; received ${quote(program)}${suggest(program, names)}`,
    );
  }
  const { placed, references, slots } = placeFunctions(object, main);
  const functions = [...placed.keys()];
  refuseAdjustments(object, program, functions);
  const instructions = new Uint8Array(slots * INSTRUCTION_BYTES);
  for (const [each, start] of placed) instructions.set(each.instructions, start * INSTRUCTION_BYTES);
  const maps = patchReferences(instructions, placed, references, options);
  return {
    instructions,
    functions: functions.map(({ name }) => name),
    maps,
    functionInfo: collectFunctionInfo(placed),
    lineInfo: collectLineInfo(placed),
  };
}

interface PlacedFunctions {
  /** Where each function begins, in slots of eight bytes, in the order of their places. */
  readonly placed: ReadonlyMap<ObjectFunction, number>;
  /** What their instructions refer to, with slots of the whole program. */
  readonly references: readonly Reference[];
  readonly slots: number;
}

/** Puts the functions that a program needs behind it, each once and in the order in which they are met. */
function placeFunctions(object: ObjectFile, main: ObjectFunction): PlacedFunctions {
  const places = indexPlaces(object);
  const placed = new Map<ObjectFunction, number>();
  const references: Reference[] = [];
  let slots = 0;
  const place = (added: ObjectFunction) => {
    placed.set(added, slots);
    slots += added.instructions.length / INSTRUCTION_BYTES;
  };
  place(main);
  // A map may grow while it is walked over: what is placed on the way is visited too.
  for (const [from, start] of placed) {
    for (const reference of findReferences(places, from)) {
      references.push({ ...reference, slot: start + reference.slot });
      if ('target' in reference && !placed.has(reference.target)) place(reference.target);
    }
  }
  return { placed, references, slots };
}

/** Fills in what references lead to, and returns the maps among it. */
function patchReferences(
  instructions: Uint8Array,
  placed: ReadonlyMap<ObjectFunction, number>,
  references: readonly Reference[],
  { mapFd }: LinkOptions,
): readonly ObjectMap[] {
  const view = new DataView(instructions.buffer);
  const fds = new Map<ObjectMap, number>();
  const put = (slot: number, source: number, immediate: number, upper?: number) => {
    const at = slot * INSTRUCTION_BYTES;
    view.setUint8(at + 1, (view.getUint8(at + 1) & 0x0f) | (source << 4));
    view.setInt32(at + 4, immediate, true);
    if (upper !== undefined) view.setInt32(at + INSTRUCTION_BYTES + 4, upper, true);
  };
  for (const reference of references) {
    const { slot } = reference;
    if ('target' in reference) {
      const distance = (placed.get(reference.target) ?? 0) - (slot + 1);
      if (reference.kind === 'call') put(slot, PSEUDO_CALL, distance);
      else put(slot, PSEUDO_FUNC, distance, 0);
    } else {
      const fd = fds.get(reference.map) ?? mapFd(reference.map);
      fds.set(reference.map, fd);
      if (reference.kind === 'map') put(slot, PSEUDO_MAP_FD, fd, 0);
      else put(slot, PSEUDO_MAP_VALUE, fd, reference.offsetBytes);
    }
  }
  return [...fds.keys()];
}

function refuseAdjustments({ types }: ObjectFile, program: string, functions: readonly ObjectFunction[]): void {
  const records = functions.flatMap(({ adjustments }) => adjustments);
  if (records.length === 0 || types === undefined) return;
  const places = [...new Set(records.slice(0, MOST_NAMED).map((record) => describeAccess(types, record)))];
  const more = records.length > MOST_NAMED ? ', …' : '';
  throw new UnsupportedError({
    capability: 'CO-RE',
    reason: `program ${quote(program)} depends on how the running kernel lays out its types: ${places.join(', ')}${more}`,
    fix: 'compile it without __attribute__((preserve_access_index)), against the headers of the kernel it is to run on',
  });
}

function collectFunctionInfo(placed: ReadonlyMap<ObjectFunction, number>): Uint8Array | undefined {
  const records: FunctionInfo[] = [];
  for (const [{ typeId }, instruction] of placed) {
    if (typeId === undefined) return undefined;
    records.push({ instruction, typeId });
  }
  return encodeFunctionInfo(records);
}

/** The kernel wants a line for the first instruction of every function: kernel/bpf/verifier.c, check_btf_line. */
function collectLineInfo(placed: ReadonlyMap<ObjectFunction, number>): Uint8Array | undefined {
  const records: LineInfo[] = [];
  for (const [{ lines, sectionOffset }, start] of placed) {
    if (lines[0]?.offset !== sectionOffset) return undefined;
    for (const { offset, ...line } of lines) {
      records.push({ ...line, instruction: start + (offset - sectionOffset) / INSTRUCTION_BYTES });
    }
  }
  return encodeLineInfo(records);
}
