import { UsageError } from '../../../core/errors.js';
import type { Btf } from '../btf/btf.js';
import { describeSection, type ElfFile, type ElfSection, SHT_NOBITS, SHT_PROGBITS } from './elf.js';
import { ARRAY_MAP, nameMapType } from './map-types.js';
import type { ObjectMap } from './object-file.js';

/** BPF_F_RDONLY_PROG: programs may not write to the map. */
const READ_ONLY_FOR_PROGRAMS = 1 << 7;
/** The kernel's limit on the size of a value (KMALLOC_MAX_SIZE, and 32 bits). */
const MOST_BYTES = 2 ** 31 - 1;

const DATA_SECTION = /^\.(data|rodata|bss)(\..*)?$/s;

/** Whether a section holds variables of programs. */
export function isDataSection({ name, type }: ElfSection): boolean {
  return (type === SHT_PROGBITS || type === SHT_NOBITS) && DATA_SECTION.test(name);
}

/**
 * The maps that stand for sections of variables: arrays with one value, which is the section. That of read-only data is
 * to be frozen once it is filled, so that the verifier knows its contents.
 *
 * @throws UsageError when a section is larger than a map can be, or holds addresses
 */
export function readDataMaps(elf: ElfFile, types: Btf | undefined): readonly ObjectMap[] {
  return elf.sections
    .filter((section) => isDataSection(section) && section.sizeBytes > 0)
    .map((section): ObjectMap => {
      const { name, sizeBytes, contents, index } = section;
      if (sizeBytes > MOST_BYTES) {
        throw new UsageError(
          'readObject',
          `${describeSection(section)} must have at most ${MOST_BYTES} bytes; received ${sizeBytes}`,
        );
      }
      if (elf.relocationTables.has(index)) {
        throw new UsageError(
          'readObject',
          `${describeSection(section)} must not hold addresses of variables or functions`,
        );
      }
      const isReadOnly = name.startsWith('.rodata');
      return {
        name,
        origin: 'data',
        kernelType: ARRAY_MAP,
        type: nameMapType(ARRAY_MAP),
        keySizeBytes: 4,
        valueSizeBytes: sizeBytes,
        maxEntries: 1,
        flags: isReadOnly ? READ_ONLY_FOR_PROGRAMS : 0,
        extra: 0,
        keyTypeId: undefined,
        valueTypeId: types?.find('DATASEC', name),
        pinnedByName: false,
        contents: contents.some((byte) => byte !== 0) ? contents : undefined,
        frozen: isReadOnly,
        sectionIndex: index,
        sectionOffset: 0,
      };
    });
}
