import { quote } from '../../../core/errors.js';

/** A section of an object file. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** SHT_…: 1 for bytes of the program, 2 for symbols, 3 for strings, 8 for zeros that take no room, 9 for relocations. */
  readonly type: number;
  /** Whether the section holds instructions (SHF_EXECINSTR). */
  readonly executable: boolean;
  /** The size at run time, which is that of the contents, but for a section of zeros. */
  readonly sizeBytes: number;
  /** A part of the file, not a copy; empty for a section of zeros. */
  readonly contents: Uint8Array;
  /** What `link` and `info` mean depends on the type: for relocations, the symbols' section and the one to be patched. */
  readonly link: number;
  readonly info: number;
  readonly entryBytes: number;
}

/** A symbol: a name for a place in a section. */
export interface ElfSymbol {
  readonly name: string;
  readonly kind: 'none' | 'object' | 'function' | 'section' | 'file' | 'other';
  readonly binding: 'local' | 'global' | 'weak' | 'other';
  /** Whether the symbol is for this object alone, although it is global (STV_HIDDEN, STV_INTERNAL). */
  readonly hidden: boolean;
  /** The index of its section; undefined for what another file must provide, and for absolute values. */
  readonly section: number | undefined;
  readonly external: boolean;
  /** Bytes from the start of its section. */
  readonly value: number;
  readonly sizeBytes: number;
}

/** A place in a section that depends on a symbol. */
export interface ElfRelocation {
  /** Bytes from the start of the section that is patched. */
  readonly offset: number;
  /** R_BPF_…: 1 for a 64-bit load, 10 for a call. */
  readonly type: number;
  readonly symbol: ElfSymbol;
}

/** An object file of eBPF, taken apart. */
export interface ElfFile {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  /** The sections of relocations, by the index of the section that they patch. */
  readonly relocationTables: ReadonlyMap<number, readonly ElfSection[]>;
}

/** Types of sections. */
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_RELA = 4;
export const SHT_NOBITS = 8;
export const SHT_REL = 9;

/** A section as a message names it. */
export function describeSection({ index, name }: Pick<ElfSection, 'index' | 'name'>): string {
  return `section ${index} ${quote(name)}`;
}

/** Things by a key of theirs, in their order. */
export function groupBy<K, T>(things: readonly T[], keyOf: (thing: T) => K): ReadonlyMap<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return groups;
}
