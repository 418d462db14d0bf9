import { quote, UnsupportedError, UsageError } from '../../../core/errors.js';
import { ByteReader } from '../btf/byte-reader.js';
import { type CodeRecords, readBtfExt } from './btf-ext.js';
import { readBtfMaps } from './btf-maps.js';
import { readDataMaps } from './data-maps.js';
import type { ElfFile } from './elf.js';
import { type FoundFunction, findFunctions } from './functions.js';
import { readLegacyMaps } from './legacy-maps.js';
import type { ObjectFile, ObjectMap, ObjectProgram } from './object-file.js';
import { prepareBtf } from './prepare-btf.js';
import { readElf } from './read-elf.js';
import { readSectionName } from './section-names.js';

/** The section of functions that are called and never loaded by themselves. */
const SHARED_CODE = '.text';

const NO_RECORDS: CodeRecords = { functions: [], lines: [], adjustments: [] };

/**
 * Reads an object file of eBPF as clang writes it: programs, maps, license and BTF. Then create the maps, load the BTF,
 * and link each program with `linkProgram`.
 *
 * Not supported are maps inside of maps, initial values of program arrays, addresses in variables, and variables and
 * functions of the kernel (`__ksym`, `__kconfig`). CO-RE is refused when a program that needs it is linked.
 *
 * @throws UsageError when the file is damaged or makes no sense, naming the section and the offset
 * @throws UnsupportedError when it refers to variables or functions of the kernel
 *
 * @example
 * ```ts
 * const object = readObject(readFileSync('xdp-counter.o'));
 * object.programs.map(({ name, type }) => `${name}: ${type}`); // ['drop: xdp']
 * object.maps.map(({ name }) => name); // ['packets']
 * ```
 */
export function readObject(bytes: Uint8Array): ObjectFile {
  const elf = readElf(bytes);
  refuseExternals(elf);
  const contentsOf = (name: string) => elf.sections.find((section) => section.name === name)?.contents;
  const btf = contentsOf('.BTF');
  const types = btf === undefined ? undefined : prepareBtf(elf, btf);
  const extension = types === undefined ? undefined : contentsOf('.BTF.ext');
  const recordsOf = types === undefined || extension === undefined ? () => NO_RECORDS : readBtfExt(extension, types);
  const functions = findFunctions(elf, types, recordsOf);
  const license = contentsOf('license');
  return {
    programs: findPrograms(functions),
    maps: checkNames([...readBtfMaps(elf, types), ...readLegacyMaps(elf), ...readDataMaps(elf, types)]),
    license:
      license === undefined
        ? undefined
        : new ByteReader(license, 'readObject', 'section "license"').string('the license', 0),
    btf: types?.bytes,
    types,
    functions,
    elf,
  };
}

function findPrograms(functions: readonly FoundFunction[]): readonly ObjectProgram[] {
  const programs = functions
    .filter(({ section, isGlobal }) => section !== SHARED_CODE && isGlobal)
    .map(({ name, section }): ObjectProgram => ({ name, section, ...readSectionName(section) }));
  return checkNames(programs);
}

/** Names are how programs and maps are asked for: each must be there once. */
function checkNames<T extends ObjectProgram | ObjectMap>(things: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { name } of things) {
    if (seen.has(name)) problems.push(`names of programs, and of maps, must be unique; received ${quote(name)} twice`);
    seen.add(name);
  }
  if (problems.length > 0) throw new UsageError('readObject', problems);
  return things;
}

function refuseExternals(elf: ElfFile): void {
  const names = elf.symbols.filter(({ external, name }) => external && name !== '').map(({ name }) => quote(name));
  if (names.length === 0) return;
  throw new UnsupportedError({
    capability: 'extern in an object file',
    reason: `the object refers to ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''} of the kernel or of another object`,
    fix: 'remove what is declared __ksym, __kconfig or extern, or link the objects into one (bpftool gen object)',
  });
}
