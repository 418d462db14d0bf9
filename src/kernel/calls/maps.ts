import { checkOptions } from '../../core/check-options.js';
import { quote } from '../../core/errors.js';
import { checkChoice, checkPath, Mistakes, requireObject } from '../../core/mistakes.js';
import type { ElementCalls } from '../backend.js';
import type { BpfMap, CreateMapOptions, MapSpec, MapUpdateMode } from '../objects.js';
import type { MapCall } from '../points.js';
import type { CallGate } from './call-gate.js';
import { checkMapSpec } from './check-program.js';

/** `Kernel.createMap` */
export async function createMap(gate: CallGate, spec: MapSpec, options: CreateMapOptions): Promise<BpfMap> {
  const { backend } = gate;
  backend.assertAlive('createMap');
  requireObject('createMap', spec);
  checkOptions('createMap', options);
  const mistakes = new Mistakes();
  checkMapSpec(mistakes, '', spec);
  if (options.pinnedAt !== undefined) checkPath(mistakes, 'pinnedAt', options.pinnedAt);
  mistakes.throwIfAny(`createMap ${quote(spec.name)}`);
  const call = { name: spec.name, type: spec.type, mapId: undefined };
  return gate.pass('kernel.createMap', call, () => backend.createMap(spec, options));
}

/** The calls of the handles of maps. What they are asked is fixed when they are asked, though a fault delays them. */
export function createElementCalls(gate: CallGate): ElementCalls {
  const { backend } = gate;
  return {
    async lookup(map, key) {
      checkBytes(gate, 'lookup', map, { key });
      const ownKey = new Uint8Array(key);
      return gate.pass('kernel.mapLookup', describe(map), () => backend.lookupElement(map, ownKey));
    },
    async update(map, key, value, mode = 'any') {
      checkBytes(gate, 'update', map, { key, value }, mode);
      const [ownKey, ownValue] = [new Uint8Array(key), new Uint8Array(value)];
      return gate.pass('kernel.mapUpdate', describe(map), () => backend.updateElement(map, ownKey, ownValue, mode));
    },
    async delete(map, key) {
      checkBytes(gate, 'delete', map, { key });
      const ownKey = new Uint8Array(key);
      return gate.pass('kernel.mapDelete', describe(map), () => backend.deleteElement(map, ownKey));
    },
    async entries(map) {
      backend.assertAlive('entries');
      return gate.pass('kernel.mapLookup', describe(map), () => backend.listElements(map));
    },
  };
}

function describe({ name, type, id }: BpfMap): MapCall {
  return { name, type, mapId: id };
}

function checkBytes(
  { backend }: CallGate,
  verb: string,
  map: BpfMap,
  fields: Readonly<Record<string, unknown>>,
  mode?: MapUpdateMode,
): void {
  backend.assertAlive(verb);
  const mistakes = new Mistakes();
  for (const [field, value] of Object.entries(fields)) {
    if (!(value instanceof Uint8Array)) mistakes.add(`${field} must be a Uint8Array, not ${quote(value)}`);
  }
  if (mode !== undefined) checkChoice(mistakes, 'mode', mode, ['any', 'noexist', 'exist']);
  mistakes.throwIfAny(`${verb} in map ${quote(map.name)}`);
}
