import type { MapSpec } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import { ArrayElements } from './array-elements.js';
import { HashElements } from './hash-elements.js';
import type { ElementContext, Fail, MapElements } from './map-elements.js';
import { NoElements } from './no-elements.js';
import { ProgramElements } from './program-elements.js';
import { SlotElements } from './slot-elements.js';

/** The elements of a new map. */
export function createElements(spec: Required<MapSpec>, context: ElementContext): MapElements {
  const fail: Fail = (code, verb, hint) =>
    refuse(code, `bpf(BPF_MAP_${verb}_ELEM)`, `${verb.toLowerCase()} an element of map "${spec.name}"`, hint);
  switch (spec.type) {
    case 'hash':
    case 'percpu_hash':
      return new HashElements(spec.maxEntries, false, fail);
    case 'lru_hash':
      return new HashElements(spec.maxEntries, true, fail);
    case 'array':
    case 'percpu_array':
      return new ArrayElements(spec, fail);
    case 'prog_array':
      return new ProgramElements(spec.maxEntries, context, fail);
    case 'devmap':
    case 'cpumap':
      return new SlotElements(spec, context, fail);
    case 'ringbuf':
      return new NoElements(fail);
  }
}
