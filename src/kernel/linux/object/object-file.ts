import type { MapType } from '../../objects.js';
import type { Btf } from '../btf/btf.js';
import type { AdjustmentRecord, LineRecord } from './btf-ext.js';
import type { ElfFile, ElfRelocation } from './elf.js';
import type { SectionMeaning } from './section-names.js';

/** A program of an object file: a global function in a section of its own kind. */
export interface ObjectProgram extends SectionMeaning {
  /** The name of the function; the kernel takes 15 characters of it. */
  readonly name: string;
  /** As the object spells it, `?` included. */
  readonly section: string;
}

/** A map that an object file asks for. */
export interface ObjectMap {
  /** The name of the variable or of the data section; the kernel takes 15 characters of it. */
  readonly name: string;
  /** Where it is described: in BTF, in a struct of the section `maps`, or nowhere, being a section of variables. */
  readonly origin: 'btf' | 'legacy' | 'data';
  /** BPF_MAP_TYPE_… */
  readonly kernelType: number;
  /** The name of the type, where the contract has one. */
  readonly type: MapType | undefined;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  /** 0 in a perf event array stands for the number of processors. */
  readonly maxEntries: number;
  /** BPF_F_… bits. */
  readonly flags: number;
  /** `map_extra` of BPF_MAP_CREATE. */
  readonly extra: number;
  /** The types of key and value in the object's BTF, where the kernel takes them for this kind of map. */
  readonly keyTypeId: number | undefined;
  readonly valueTypeId: number | undefined;
  /** Whether the map is shared by its name, in a directory of pins (LIBBPF_PIN_BY_NAME). */
  readonly pinnedByName: boolean;
  /** What the only value of a data section holds at first; undefined when it is all zeros. */
  readonly contents: Uint8Array | undefined;
  /** Whether the map is to be frozen (BPF_MAP_FREEZE) once it has its contents: `.rodata`. */
  readonly frozen: boolean;
  /** Where it lies in the object: what relocations refer to. */
  readonly sectionIndex: number;
  readonly sectionOffset: number;
}

/** A function of an object file. */
export interface ObjectFunction {
  readonly name: string;
  readonly sectionIndex: number;
  readonly section: string;
  /** Bytes from the start of the section. */
  readonly sectionOffset: number;
  readonly instructions: Uint8Array;
  /** Relocations with offsets in the section. */
  readonly relocations: readonly ElfRelocation[];
  /** The id of its FUNC, where the object says which. */
  readonly typeId: number | undefined;
  readonly lines: readonly LineRecord[];
  /** What CO-RE would have to adjust. */
  readonly adjustments: readonly AdjustmentRecord[];
}

/** An object file of eBPF: what there is to load, and what linking needs. */
export interface ObjectFile {
  readonly programs: readonly ObjectProgram[];
  readonly maps: readonly ObjectMap[];
  /** Undefined when the object does not say. */
  readonly license: string | undefined;
  /** The object's BTF as the kernel takes it, for BPF_BTF_LOAD; undefined without `-g`. */
  readonly btf: Uint8Array | undefined;
  /** The same BTF, to look into. */
  readonly types: Btf | undefined;
  /** Every function, those that programs call included. */
  readonly functions: readonly ObjectFunction[];
  readonly elf: ElfFile;
}
