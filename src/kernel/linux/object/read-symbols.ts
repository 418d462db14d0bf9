import { ByteReader, hex } from '../btf/byte-reader.js';
import {
  describeSection,
  type ElfFile,
  type ElfRelocation,
  type ElfSection,
  type ElfSymbol,
  SHT_RELA,
  SHT_STRTAB,
  SHT_SYMTAB,
} from './elf.js';

const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;

/** Section indexes that are none: what another file provides, what is absolute, and the start of all reserved ones. */
const SHN_UNDEF = 0;
const SHN_LORESERVE = 0xff00;
const SHN_ABS = 0xfff1;

/** How much longer than their table all names together may be. Compilers share ends of names, but not without limit. */
const MOST_SHARING = 16;

const KINDS = ['none', 'object', 'function', 'section', 'file'] as const;
const BINDINGS = ['local', 'global', 'weak'] as const;

/** Reads the symbol table; a file without one has no symbols. @throws UsageError */
export function readSymbols(reader: ByteReader, sections: readonly ElfSection[]): readonly ElfSymbol[] {
  const tables = sections.filter(({ type }) => type === SHT_SYMTAB);
  const [table] = tables;
  if (table === undefined) return [];
  if (tables.length > 1) {
    reader.fail(`the file must have at most one symbol table; received ${tables.map(describeSection).join(' and ')}`);
  }
  const strings = sections[table.link];
  if (strings === undefined || strings.type !== SHT_STRTAB) {
    reader.fail(`${describeSection(table)} must be linked to a string table; received ${table.link}`);
  }
  const count = countEntries(reader, table, SYMBOL_BYTES);
  const entries = new ByteReader(table.contents, 'readElf', describeSection(table));
  const names = new ByteReader(strings.contents, 'readElf', describeSection(strings));
  let bytesLeft = strings.contents.length * MOST_SHARING;
  return Array.from({ length: count }, (_, index) => {
    const what = `symbol ${index}`;
    const at = index * SYMBOL_BYTES;
    const info = entries.u8(what, at + 4);
    const section = entries.u16(what, at + 6);
    if (section >= Math.min(sections.length, SHN_LORESERVE) && section !== SHN_ABS) {
      reader.fail(`${what} must be in one of the ${sections.length} sections; received ${section}`);
    }
    const nameOffset = entries.u32(what, at);
    const name = nameOffset === 0 ? '' : names.string(`the name of ${what}`, nameOffset);
    bytesLeft -= name.length;
    if (bytesLeft < 0) names.fail(`the names of symbols must be at most ${MOST_SHARING} times as long as their table`);
    return {
      name,
      kind: KINDS[info & 0x0f] ?? 'other',
      binding: BINDINGS[info >>> 4] ?? 'other',
      hidden: [1, 2].includes(entries.u8(what, at + 5) & 3),
      section: section === SHN_UNDEF || section === SHN_ABS ? undefined : section,
      external: section === SHN_UNDEF && index !== 0,
      value: entries.u64(`the value of ${what}`, at + 8),
      sizeBytes: entries.u64(`the size of ${what}`, at + 16),
    };
  });
}

/** The relocations of a section in the order of their places. @throws UsageError */
export function readRelocations(elf: ElfFile, target: ElfSection): readonly ElfRelocation[] {
  const tables = elf.relocationTables.get(target.index) ?? [];
  return tables.flatMap((table) => readTable(elf, table, target)).sort((a, b) => a.offset - b.offset);
}

function readTable(elf: ElfFile, table: ElfSection, target: ElfSection): readonly ElfRelocation[] {
  const { sections, symbols } = elf;
  const entries = new ByteReader(table.contents, 'readElf', describeSection(table));
  if (table.type === SHT_RELA) {
    entries.fail(`${describeSection(table)} must hold relocations without addends (SHT_REL)`);
  }
  if (sections[table.link]?.type !== SHT_SYMTAB) {
    entries.fail(`${describeSection(table)} must be linked to the symbol table; received ${table.link}`);
  }
  return Array.from({ length: countEntries(entries, table, RELOCATION_BYTES) }, (_, index) => {
    const what = `relocation ${index} of ${describeSection(target)}`;
    const offset = entries.u64(what, index * RELOCATION_BYTES);
    const type = entries.u32(what, index * RELOCATION_BYTES + 8);
    const number = entries.u32(what, index * RELOCATION_BYTES + 12);
    const symbol = symbols[number];
    if (symbol === undefined) {
      return entries.fail(`${what} must refer to one of ${symbols.length} symbols; received ${number}`);
    }
    if (offset >= target.sizeBytes) {
      entries.fail(`${what} must lie within its ${target.sizeBytes} bytes; received offset ${hex(offset)}`);
    }
    return { offset, type, symbol };
  });
}

function countEntries(entries: ByteReader, table: ElfSection, entryBytes: number): number {
  if (table.entryBytes !== entryBytes || table.contents.length % entryBytes !== 0) {
    entries.fail(
      `${describeSection(table)} must consist of entries of ${entryBytes} bytes; ` +
        `received ${table.contents.length} bytes in entries of ${table.entryBytes}`,
    );
  }
  return table.contents.length / entryBytes;
}
