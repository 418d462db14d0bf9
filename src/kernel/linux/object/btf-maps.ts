import { quote, UsageError } from '../../../core/errors.js';
import { suggest } from '../../../core/nearest.js';
import type { Btf } from '../btf/btf.js';
import { describeSection, type ElfFile } from './elf.js';
import { nameMapType, PROGRAM_ARRAY_MAP, takesBtf } from './map-types.js';
import type { ObjectMap } from './object-file.js';

const BTF_MAPS_SECTION = '.maps';

/** What a map's struct says. */
interface Definition {
  readonly numbers: ReadonlyMap<string, number>;
  /** Types that the members `key`, `value` and `values` point to. */
  readonly types: ReadonlyMap<string, number>;
}

/** Members whose number is the length of an array behind a pointer: `__uint(max_entries, 16)`. */
const NUMBERS = ['type', 'max_entries', 'map_flags', 'key_size', 'value_size', 'pinning', 'map_extra', 'numa_node'];
const TYPES = ['key', 'value'];

/**
 * Reads the maps of the section `.maps`, each a variable whose type describes it.
 *
 * @throws UsageError when a description makes no sense, or asks for maps inside of maps or for programs put into a map
 */
export function readBtfMaps(elf: ElfFile, types: Btf | undefined): readonly ObjectMap[] {
  const section = elf.sections.find(({ name }) => name === BTF_MAPS_SECTION);
  if (section === undefined || section.sizeBytes === 0) return [];
  const what = describeSection(section);
  if (types === undefined)
    throw new UsageError('readObject', `${what} must be described by BTF: compile with clang -g`);
  if (elf.relocationTables.has(section.index)) {
    throw new UsageError(
      'readObject',
      `${what} must not hold initial values: inner maps and programs in maps are not supported`,
    );
  }
  const id = types.find('DATASEC', BTF_MAPS_SECTION);
  const entries = id === undefined ? undefined : types.type(id);
  if (entries?.kind !== 'DATASEC') {
    throw new UsageError('readObject', `${what} must be described by BTF; received BTF without a DATASEC of that name`);
  }
  // Several variables may share a struct, and a hostile file may do so with a large one.
  const definitions = new Map<number, Definition>();
  return entries.variables.map(({ type, offsetBytes }) => {
    const variable = types.kindOf(type) === 'VAR' ? types.type(type) : undefined;
    if (variable?.kind !== 'VAR')
      throw new UsageError('readObject', `${what} must hold variables; received type ${type}`);
    const subject = `map ${quote(variable.name)}`;
    const struct = types.resolveId(variable.type);
    const definition = definitions.get(struct) ?? readDefinition(types, struct, subject);
    definitions.set(struct, definition);
    return describeMap(types, variable.name, definition, { sectionIndex: section.index, sectionOffset: offsetBytes });
  });
}

function readDefinition(types: Btf, id: number, subject: string): Definition {
  const fail = (problem: string): never => {
    throw new UsageError('readObject', `${subject}: ${problem}`);
  };
  const struct = types.type(id);
  if (struct.kind !== 'STRUCT') return fail(`its type must be a struct; received ${struct.kind}`);
  const numbers = new Map<string, number>();
  const referred = new Map<string, number>();
  for (const { name, type } of struct.members) {
    if (numbers.has(name) || referred.has(name)) fail(`${quote(name)} must be there once`);
    if (NUMBERS.includes(name)) {
      const array = types.resolve(readPointer(types, type, name, fail));
      if (array.kind !== 'ARRAY')
        return fail(`${quote(name)} must be a number, __uint(${name}, …); received ${array.kind}`);
      numbers.set(name, array.length);
    } else if (TYPES.includes(name)) {
      referred.set(name, readPointer(types, type, name, fail));
    } else if (name === 'values') {
      referred.set(name, type);
    } else {
      fail(`${quote(name)} is no property of a map that is supported${suggest(name, [...NUMBERS, ...TYPES])}`);
    }
  }
  return { numbers, types: referred };
}

function readPointer(types: Btf, id: number, name: string, fail: (problem: string) => never): number {
  const pointer = types.resolve(id);
  return pointer.kind === 'PTR' ? pointer.type : fail(`${quote(name)} must be a pointer; received ${pointer.kind}`);
}

function describeMap(
  types: Btf,
  name: string,
  { numbers, types: referred }: Definition,
  place: Pick<ObjectMap, 'sectionIndex' | 'sectionOffset'>,
): ObjectMap {
  const problems: string[] = [];
  const kernelType = numbers.get('type') ?? 0;
  if (kernelType === 0) problems.push('it must have a type, __uint(type, …)');
  if (referred.has('values') && kernelType !== PROGRAM_ARRAY_MAP)
    problems.push('maps inside of maps are not supported');
  const pinning = numbers.get('pinning') ?? 0;
  if (pinning > 1) problems.push(`pinning must be LIBBPF_PIN_NONE (0) or LIBBPF_PIN_BY_NAME (1); received ${pinning}`);

  const measure = (part: 'key' | 'value', otherwise: number): number => {
    const type = referred.get(part);
    const given = numbers.get(`${part}_size`);
    const size = type === undefined ? given : types.sizeOf(type);
    if (given !== undefined && size !== given) {
      problems.push(`${part}_size must be the size of its ${part}, ${size}; received ${given}`);
    }
    if (size !== undefined && size >= 2 ** 31)
      problems.push(`a ${part} must have less than 2^31 bytes; received ${size}`);
    return size ?? otherwise;
  };
  const keySizeBytes = measure('key', 0);
  const valueSizeBytes = measure('value', referred.has('values') ? 4 : 0);
  if (problems.length > 0) throw new UsageError(`readObject: map ${quote(name)}`, problems);

  const withTypes = takesBtf(kernelType);
  return {
    name,
    origin: 'btf',
    kernelType,
    type: nameMapType(kernelType),
    keySizeBytes,
    valueSizeBytes,
    maxEntries: numbers.get('max_entries') ?? 0,
    flags: numbers.get('map_flags') ?? 0,
    extra: numbers.get('map_extra') ?? 0,
    keyTypeId: withTypes ? referred.get('key') : undefined,
    valueTypeId: withTypes ? referred.get('value') : undefined,
    pinnedByName: pinning === 1,
    contents: undefined,
    frozen: false,
    ...place,
  };
}
