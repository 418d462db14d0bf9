import type { MapSpec, MapType } from 'glovebox/kernel';
import { MANAGED_TYPES, type ManagedType, type ProgramDefinition } from '../model.js';
import { Problems } from './problems.js';

/** A program as a client describes it. Nothing of it is checked. */
export interface ProgramRequest {
  readonly name: string;
  /** `undefined` when the client gave none; whatever it gave when it is no known type. */
  readonly type: string | undefined;
  readonly object?: { readonly bytes: Uint8Array; readonly section: string | undefined } | undefined;
  readonly attachTo?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly maps?: readonly MapRequest[];
}

export interface MapRequest {
  readonly name: string;
  readonly type: string;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
}

const NAME = /^[A-Za-z0-9_.]{1,15}$/;
const NAME_RULE = 'at most 15 characters of A-Z, a-z, 0-9, "_" and "."';
const MAP_TYPES = [
  'hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_hash',
  'prog_array',
  'devmap',
  'cpumap',
  'ringbuf',
] as const satisfies readonly MapType[];
const NEEDS_FUNCTION: readonly ManagedType[] = ['fentry', 'fexit', 'lsm'];

/** @throws ManagerError INVALID_ARGUMENT with everything that is wrong, of all the programs */
export function checkPrograms(requests: readonly ProgramRequest[]): readonly ProgramDefinition[] {
  const problems = new Problems();
  problems.require(requests.length > 0, 'there is no program to load');
  const definitions = requests.map((request, index) => checkProgram(request, index, problems));
  problems.throwIfAny();
  return definitions.filter((definition) => definition !== undefined);
}

function checkProgram(request: ProgramRequest, index: number, problems: Problems): ProgramDefinition | undefined {
  const { name, attachTo, metadata = {}, maps = [], object } = request;
  const subject = name === '' ? `program ${index + 1}` : `program "${name}"`;
  if (problems.require(name !== '', `${subject} has no name`)) {
    problems.require(NAME.test(name), `${subject}: a name has ${NAME_RULE}`);
  }
  const type = MANAGED_TYPES.find((each) => each === request.type);
  problems.require(request.type !== undefined, `${subject} has no type; it is one of ${MANAGED_TYPES.join(', ')}`);
  if (request.type !== undefined) {
    problems.require(
      type !== undefined,
      `${subject} is of the unknown type ${request.type}; it is one of ${MANAGED_TYPES.join(', ')}`,
    );
  }
  if (type === undefined) return undefined;
  const needsFunction = NEEDS_FUNCTION.includes(type);
  problems.require(
    !needsFunction || attachTo !== undefined,
    `${subject} is of type ${type} and needs the name of a kernel function to attach to`,
  );
  problems.require(
    needsFunction || attachTo === undefined,
    `${subject} is of type ${type} and is told what to attach to when it is attached, not when it is loaded`,
  );
  problems.require(!('' in metadata), `${subject} has metadata with an empty key`);
  const checkedMaps = maps.map((map) => checkMap(map, subject, problems)).filter((map) => map !== undefined);
  return { name, type, object, attachTo, metadata, maps: checkedMaps };
}

function checkMap(map: MapRequest, subject: string, problems: Problems): MapSpec | undefined {
  const { name, keySizeBytes, valueSizeBytes, maxEntries } = map;
  problems.require(
    NAME.test(name) && !name.includes('.'),
    `${subject}: map "${name}": a name has ${NAME_RULE}, and no "."`,
  );
  const type = MAP_TYPES.find((each) => each === map.type);
  if (
    !problems.require(type !== undefined, `${subject}: map "${name}": "${map.type}" is none of ${MAP_TYPES.join(', ')}`)
  ) {
    return undefined;
  }
  return type && { name, type, keySizeBytes, valueSizeBytes, maxEntries };
}
