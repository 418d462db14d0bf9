import { quote, UsageError } from '../../../core/errors.js';
import { ByteReader } from '../btf/byte-reader.js';
import { describeSection, type ElfFile } from './elf.js';
import { nameMapType } from './map-types.js';
import type { ObjectMap } from './object-file.js';

const LEGACY_SECTION = 'maps';
/** Type, size of a key, size of a value, most entries, flags: `struct bpf_map_def` of libbpf before 1.0. */
const DEFINITION_BYTES = 20;

/**
 * Reads the maps of the section `maps`, each a struct of five numbers. A larger struct is taken when the rest is zero.
 *
 * @throws UsageError
 */
export function readLegacyMaps(elf: ElfFile): readonly ObjectMap[] {
  const section = elf.sections.find(({ name }) => name === LEGACY_SECTION);
  if (section === undefined) return [];
  const symbols = elf.symbols.filter(
    (symbol) =>
      symbol.section === section.index && (symbol.kind === 'object' || symbol.kind === 'none') && symbol.name !== '',
  );
  if (symbols.length === 0) return [];
  const what = describeSection(section);
  const stride = section.contents.length / symbols.length;
  if (!Number.isInteger(stride) || stride < DEFINITION_BYTES) {
    throw new UsageError(
      'readObject',
      `${what} must have at least ${DEFINITION_BYTES} bytes for each of its ${symbols.length} maps, and as many for each; ` +
        `received ${section.contents.length} bytes`,
    );
  }
  const reader = new ByteReader(section.contents, 'readObject', what);
  return symbols
    .sort((a, b) => a.value - b.value)
    .map(({ name, value }, index): ObjectMap => {
      if (value !== index * stride) {
        throw new UsageError(
          'readObject',
          `map ${quote(name)} of ${what} must be at offset ${index * stride}; received ${value}`,
        );
      }
      if (
        reader
          .slice(`map ${quote(name)}`, value, stride)
          .subarray(DEFINITION_BYTES)
          .some((byte) => byte !== 0)
      ) {
        throw new UsageError(
          'readObject',
          `map ${quote(name)} of ${what} must say nothing beyond type, sizes, entries and flags: put it into ".maps"`,
        );
      }
      const [kernelType = 0, keySizeBytes = 0, valueSizeBytes = 0, maxEntries = 0, flags = 0] = Array.from(
        { length: DEFINITION_BYTES / 4 },
        (_, word) => reader.u32(`map ${quote(name)}`, value + word * 4),
      );
      return {
        name,
        origin: 'legacy',
        kernelType,
        type: nameMapType(kernelType),
        keySizeBytes,
        valueSizeBytes,
        maxEntries,
        flags,
        extra: 0,
        keyTypeId: undefined,
        valueTypeId: undefined,
        pinnedByName: false,
        contents: undefined,
        frozen: false,
        sectionIndex: section.index,
        sectionOffset: value,
      };
    });
}
