import { quote, UsageError } from '../../../core/errors.js';
import type { Btf } from '../btf/btf.js';
import { hex } from '../btf/byte-reader.js';
import { type CodeRecords, selectRange } from './btf-ext.js';
import { describeSection, type ElfFile, type ElfSection, type ElfSymbol, groupBy, SHT_PROGBITS } from './elf.js';
import type { ObjectFunction } from './object-file.js';
import { readRelocations } from './read-symbols.js';

const INSTRUCTION_BYTES = 8;

/** A function, and whether it can be a program: the static ones can only be called. */
export interface FoundFunction extends ObjectFunction {
  readonly isGlobal: boolean;
}

/** Whether a section holds instructions. */
export function isCodeSection({ type, executable }: ElfSection): boolean {
  return executable && type === SHT_PROGBITS;
}

/**
 * Finds the functions of an object in the order of their places.
 *
 * @throws UsageError when one lies outside of its section, or two of them share instructions
 */
export function findFunctions(
  elf: ElfFile,
  types: Btf | undefined,
  recordsOf: (section: string) => CodeRecords,
): readonly FoundFunction[] {
  const symbols = groupBy(
    elf.symbols.filter(({ kind }) => kind === 'function'),
    ({ section }) => section,
  );
  return elf.sections.filter(isCodeSection).flatMap((section) => {
    const functions = (symbols.get(section.index) ?? []).sort((a, b) => a.value - b.value);
    checkPlaces(section, functions);
    const relocations = readRelocations(elf, section);
    const records = recordsOf(section.name);
    return functions.map((symbol): FoundFunction => {
      const [start, end] = [symbol.value, symbol.value + symbol.sizeBytes];
      const [first] = selectRange(records.functions, start, start + 1);
      if (first !== undefined && types?.kindOf(first.typeId) !== 'FUNC') {
        refuse(`function ${quote(symbol.name)} must have a FUNC in the BTF; received type ${first.typeId}`);
      }
      return {
        name: symbol.name,
        isGlobal: symbol.binding !== 'local',
        sectionIndex: section.index,
        section: section.name,
        sectionOffset: start,
        instructions: section.contents.subarray(start, end),
        relocations: selectRange(relocations, start, end),
        typeId: first?.typeId,
        lines: selectRange(records.lines, start, end),
        adjustments: selectRange(records.adjustments, start, end),
      };
    });
  });
}

function checkPlaces(section: ElfSection, functions: readonly ElfSymbol[]): void {
  let end = 0;
  for (const { name, value, sizeBytes } of functions) {
    const subject = `function ${quote(name)} of ${describeSection(section)} (offset ${hex(value)}, ${sizeBytes} bytes)`;
    if (value % INSTRUCTION_BYTES !== 0 || sizeBytes % INSTRUCTION_BYTES !== 0 || sizeBytes === 0) {
      refuse(`${subject} must consist of instructions of ${INSTRUCTION_BYTES} bytes`);
    }
    if (value + sizeBytes > section.sizeBytes) {
      refuse(`${subject} must lie within its section, which has ${section.sizeBytes} bytes`);
    }
    if (value < end) refuse(`${subject} must begin after the function before it, at ${hex(end)}`);
    end = value + sizeBytes;
  }
}

function refuse(problem: string): never {
  throw new UsageError('readObject', problem);
}
