import { quote, UsageError } from '../../../core/errors.js';
import { PSEUDO_CALL } from '../assemble/instructions.js';
import { ByteReader, hex } from '../btf/byte-reader.js';
import { isDataSection } from './data-maps.js';
import { describeSection, type ElfSymbol } from './elf.js';
import { isCodeSection } from './functions.js';
import type { ObjectFile, ObjectFunction, ObjectMap } from './object-file.js';

const INSTRUCTION_BYTES = 8;
const CALL = 0x85;
const LOAD_IMM64 = 0x18;

/** An instruction of a function that depends on where something else comes to lie. */
export type Reference = { readonly slot: number } & (
  | { readonly kind: 'call' | 'address'; readonly target: ObjectFunction }
  | { readonly kind: 'map'; readonly map: ObjectMap }
  /** The address of a byte of a data section. */
  | { readonly kind: 'value'; readonly map: ObjectMap; readonly offsetBytes: number }
);

/** A way to ask what lies at a place of an object. */
export interface Places {
  readonly object: ObjectFile;
  readonly functions: ReadonlyMap<string, ObjectFunction>;
  readonly maps: ReadonlyMap<string, ObjectMap>;
}

/** Notes where the functions and maps of an object are. */
export function indexPlaces(object: ObjectFile): Places {
  const functions = object.functions.map((each) => [keyOf(each.sectionIndex, each.sectionOffset), each] as const);
  const maps = object.maps.map((each) => [keyOf(each.sectionIndex, each.sectionOffset), each] as const);
  return { object, functions: new Map(functions), maps: new Map(maps) };
}

function keyOf(section: number, offset: number): string {
  return `${section}:${offset}`;
}

/**
 * Finds what the instructions of a function refer to. A call within a section needs no relocation: its distance is
 * right in the object, and must be made right again once the functions have moved.
 *
 * @throws UsageError when an instruction is cut off, or refers to what is neither code nor a map
 */
export function findReferences(places: Places, from: ObjectFunction): readonly Reference[] {
  const references: Reference[] = [];
  const code = new ByteReader(from.instructions, 'linkProgram', `function ${quote(from.name)}`);
  const symbols = new Map(from.relocations.map(({ offset, symbol }) => [offset, symbol]));
  for (let at = 0; at < code.sizeBytes; at += INSTRUCTION_BYTES) {
    const opcode = code.u8('an instruction', at);
    const symbol = symbols.get(from.sectionOffset + at);
    symbols.delete(from.sectionOffset + at);
    const instruction: Instruction = {
      places,
      from,
      slot: at / INSTRUCTION_BYTES,
      sectionOffset: from.sectionOffset + at,
      source: code.u8('an instruction', at + 1) >>> 4,
      immediate: code.i32('an instruction', at + 4),
    };
    if (opcode === CALL && (symbol !== undefined || instruction.source === PSEUDO_CALL)) {
      references.push(readCall(instruction, symbol));
    } else if (opcode === LOAD_IMM64) {
      code.check('the second half of a 64-bit load', at + INSTRUCTION_BYTES, INSTRUCTION_BYTES);
      if (symbol !== undefined) references.push(readLoad(instruction, symbol));
      at += INSTRUCTION_BYTES;
    } else if (symbol !== undefined) {
      fail(instruction, symbol, 'only a call and a 64-bit load can refer to a symbol');
    }
  }
  const [astray] = symbols;
  if (astray !== undefined) {
    code.fail(`a relocation of function ${quote(from.name)} (offset ${hex(astray[0])}) must be that of an instruction`);
  }
  return references;
}

interface Instruction {
  readonly places: Places;
  readonly from: ObjectFunction;
  readonly slot: number;
  readonly sectionOffset: number;
  readonly source: number;
  readonly immediate: number;
}

function fail({ places, from, sectionOffset }: Instruction, symbol: ElfSymbol | undefined, problem: string): never {
  const to = symbol === undefined ? '' : ` refers to ${describeSymbol(places.object, symbol)}:`;
  const place = `instruction at offset ${hex(sectionOffset)} of section ${quote(from.section)}`;
  throw new UsageError('linkProgram', `function ${quote(from.name)}, ${place}:${to} ${problem}`);
}

function describeSymbol({ elf }: ObjectFile, { name, section, value }: ElfSymbol): string {
  const place = section === undefined ? undefined : elf.sections[section];
  return `${quote(name)}${place === undefined ? '' : ` at ${hex(value)} of ${describeSection(place)}`}`;
}

/** A call counts from the next instruction, in instructions: libbpf, bpf_object__reloc_code. */
function readCall(instruction: Instruction, symbol: ElfSymbol | undefined): Reference {
  const { from, slot, source, sectionOffset, immediate } = instruction;
  if (source !== PSEUDO_CALL) fail(instruction, symbol, 'a call of the kernel must not refer to a symbol');
  const base = symbol === undefined ? sectionOffset : symbol.value;
  const offset = base + (immediate + 1) * INSTRUCTION_BYTES;
  const section = symbol === undefined ? from.sectionIndex : symbol.section;
  return { kind: 'call', slot, target: findFunction(instruction, symbol, section, offset) };
}

function readLoad(instruction: Instruction, symbol: ElfSymbol): Reference {
  const { places, slot, immediate } = instruction;
  const section = symbol.section === undefined ? undefined : places.object.elf.sections[symbol.section];
  if (section === undefined) return fail(instruction, symbol, 'it must be defined in the object');
  const offset = symbol.value + immediate;
  if (isCodeSection(section)) {
    return { kind: 'address', slot, target: findFunction(instruction, symbol, section.index, offset) };
  }
  if (isDataSection(section)) {
    const map = places.maps.get(keyOf(section.index, 0));
    if (map === undefined || offset < 0 || offset > map.valueSizeBytes) {
      return fail(
        instruction,
        symbol,
        `it must lie within the section's ${section.sizeBytes} bytes; received offset ${offset}`,
      );
    }
    return { kind: 'value', slot, map, offsetBytes: offset };
  }
  const map = places.maps.get(keyOf(section.index, offset));
  return map === undefined
    ? fail(instruction, symbol, `it must be a function, a map or a variable; received offset ${offset}`)
    : { kind: 'map', slot, map };
}

function findFunction(
  instruction: Instruction,
  symbol: ElfSymbol | undefined,
  section: number | undefined,
  offset: number,
): ObjectFunction {
  const target = section === undefined ? undefined : instruction.places.functions.get(keyOf(section, offset));
  return target ?? fail(instruction, symbol, `a function must begin at offset ${offset} of its section`);
}
