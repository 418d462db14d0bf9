import { ByteReader, hex } from '../btf/byte-reader.js';
import {
  describeSection,
  type ElfFile,
  type ElfSection,
  groupBy,
  SHT_NOBITS,
  SHT_REL,
  SHT_RELA,
  SHT_STRTAB,
} from './elf.js';
import { readSymbols } from './read-symbols.js';

const HEADER_BYTES = 64;
const SECTION_HEADER_BYTES = 64;
const SHF_EXECINSTR = 4;

/** What the header of a file has to say, each at its place: the name, the size in bytes, the value and its meaning. */
const IDENTITY = [
  { what: 'the class', offset: 4, bytes: 1, expected: 2, meaning: '64 bits' },
  { what: 'the byte order', offset: 5, bytes: 1, expected: 1, meaning: 'little-endian; clang -target bpfel' },
  { what: 'the type', offset: 16, bytes: 2, expected: 1, meaning: 'relocatable; clang -c' },
  { what: 'the machine', offset: 18, bytes: 2, expected: 247, meaning: 'eBPF; clang -target bpf' },
] as const;

/**
 * Takes an object file of eBPF apart: sections and symbols. Contents are parts of the bytes given, which must not be
 * changed afterwards.
 *
 * @throws UsageError when this is no little-endian ELF64 object for eBPF, or something in it lies outside the file or
 * contradicts something else, naming the section and the offset
 */
export function readElf(bytes: Uint8Array): ElfFile {
  // A Buffer's slices behave unlike those of other bytes; from here on there are only the latter.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new ByteReader(plain, 'readElf', 'file');
  if (bytes.length < HEADER_BYTES || reader.u32('the magic number', 0) !== 0x464c457f) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    reader.fail(
      `the file must begin with an ELF header of ${HEADER_BYTES} bytes, 7f 45 4c 46; ` +
        `received ${bytes.length} bytes${start === '' ? '' : `, ${start}`}`,
    );
  }
  for (const { what, offset, bytes: size, expected, meaning } of IDENTITY) {
    const found = size === 1 ? reader.u8(what, offset) : reader.u16(what, offset);
    if (found !== expected)
      reader.fail(`${what} (offset ${hex(offset)}) must be ${expected} (${meaning}); received ${found}`);
  }
  const sections = readSections(reader);
  checkOverlaps(reader, sections);
  const tables = sections.filter(({ type }) => type === SHT_REL || type === SHT_RELA);
  const relocationTables = groupBy(tables, ({ info }) => info);
  return { sections, symbols: readSymbols(reader, sections), relocationTables };
}

interface Placed extends ElfSection {
  readonly offset: number;
}

function readSections(reader: ByteReader): readonly Placed[] {
  const table = reader.u64('the offset of the section headers', 40);
  const entryBytes = reader.u16('the size of a section header', 58);
  const count = reader.u16('the number of sections', 60);
  const namesIndex = reader.u16('the index of the section names', 62);
  if (count === 0) reader.fail('the file must have sections; received 0');
  if (entryBytes !== SECTION_HEADER_BYTES) {
    reader.fail(`a section header (offset 0x3a) must have ${SECTION_HEADER_BYTES} bytes; received ${entryBytes}`);
  }
  reader.check(`the ${count} section headers`, table, count * SECTION_HEADER_BYTES);
  const headers = Array.from({ length: count }, (_, index) =>
    readHeader(reader, index, table + index * SECTION_HEADER_BYTES),
  );
  const names = headers[namesIndex];
  if (names === undefined || names.type !== SHT_STRTAB) {
    reader.fail(`the index of the section names (offset 0x3e) must be that of a string table; received ${namesIndex}`);
  }
  const strings = new ByteReader(names.contents, 'readElf', 'names of the sections');
  return headers.map(({ nameOffset, ...section }) => ({
    ...section,
    // The empty section at index 0 has no name, whatever the string table holds.
    name: section.index === 0 ? '' : strings.string(`the name of section ${section.index}`, nameOffset),
  }));
}

function readHeader(reader: ByteReader, index: number, at: number) {
  const what = `the header of section ${index}`;
  const type = reader.u32(what, at + 4);
  const offset = reader.u64(`the offset of section ${index}`, at + 24);
  const sizeBytes = reader.u64(`the size of section ${index}`, at + 32);
  const hasContents = type !== SHT_NOBITS && index !== 0;
  return {
    index,
    nameOffset: reader.u32(what, at),
    type,
    executable: (reader.u32(what, at + 8) & SHF_EXECINSTR) !== 0,
    offset,
    sizeBytes,
    contents: hasContents ? reader.slice(`section ${index}`, offset, sizeBytes) : new Uint8Array(0),
    link: reader.u32(what, at + 40),
    info: reader.u32(what, at + 44),
    entryBytes: reader.u64(`the size of an entry of section ${index}`, at + 56),
  };
}

/** Compilers never write two sections to one place; a hostile file could make us read it once for each. */
function checkOverlaps(reader: ByteReader, sections: readonly Placed[]): void {
  const filled = sections.filter(({ contents }) => contents.length > 0).sort((a, b) => a.offset - b.offset);
  for (const [index, section] of filled.entries()) {
    const before = filled[index - 1];
    if (before === undefined || before.offset + before.sizeBytes <= section.offset) continue;
    reader.fail(
      `${describeSection(section)} (offset ${hex(section.offset)}) must begin after the end of ` +
        `${describeSection(before)}, at ${hex(before.offset + before.sizeBytes)}`,
    );
  }
}
