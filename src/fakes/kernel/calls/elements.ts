import type { BpfMap, MapUpdateMode } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { Caller } from '../caller.js';
import type { MapEntry } from '../elements/map-elements.js';
import { FakeMap } from '../objects/handles.js';
import type { MapObject } from '../objects/kernel-objects.js';
import { isReadOnly, isWriteOnly } from '../objects/map-rules.js';

/** `BpfMap.lookup` */
export function lookupElement(caller: Caller, handle: BpfMap, key: Uint8Array): Uint8Array {
  const map = open(caller, handle, 'LOOKUP');
  if (isWriteOnly(FakeMap.flagsOfCreation(handle)))
    refuse(
      'EPERM',
      'bpf(BPF_MAP_LOOKUP_ELEM)',
      `look up in map "${map.name}"`,
      'It was created write-only: open it again to read',
    );
  checkSize(map, 'LOOKUP', 'key', key, map.spec.keySizeBytes);
  return map.elements.lookup(key);
}

/** `BpfMap.update` */
export function updateElement(
  caller: Caller,
  handle: BpfMap,
  key: Uint8Array,
  value: Uint8Array,
  mode: MapUpdateMode,
): void {
  const map = open(caller, handle, 'UPDATE');
  if (isReadOnly(FakeMap.flagsOfCreation(handle)))
    refuse(
      'EPERM',
      'bpf(BPF_MAP_UPDATE_ELEM)',
      `update map "${map.name}"`,
      'It was created read-only: open it again to write',
    );
  checkSize(map, 'UPDATE', 'key', key, map.spec.keySizeBytes);
  checkSize(map, 'UPDATE', 'value', value, map.spec.valueSizeBytes);
  map.elements.update(key, value, mode);
}

/** `BpfMap.delete` */
export function deleteElement(caller: Caller, handle: BpfMap, key: Uint8Array): void {
  const map = open(caller, handle, 'DELETE');
  if (isReadOnly(FakeMap.flagsOfCreation(handle)))
    refuse(
      'EPERM',
      'bpf(BPF_MAP_DELETE_ELEM)',
      `delete from map "${map.name}"`,
      'It was created read-only: open it again to write',
    );
  checkSize(map, 'DELETE', 'key', key, map.spec.keySizeBytes);
  map.elements.delete(key);
}

/** `BpfMap.entries` */
export function listElements(caller: Caller, handle: BpfMap): readonly MapEntry[] {
  const map = open(caller, handle, 'LOOKUP');
  if (isWriteOnly(FakeMap.flagsOfCreation(handle)))
    refuse(
      'EPERM',
      'bpf(BPF_MAP_GET_NEXT_KEY)',
      `list map "${map.name}"`,
      'It was created write-only: open it again to read',
    );
  return map.elements.entries();
}

function open(caller: Caller, handle: BpfMap, verb: string): MapObject {
  const syscall = `bpf(BPF_MAP_${verb}_ELEM)`;
  const action = `${verb.toLowerCase()} in map "${handle.name}"`;
  caller.requireSyscall(syscall, action);
  return caller.map(handle, syscall, action);
}

/** bpf(2) copies as many bytes as the map says; here the bytes say themselves how many they are. */
function checkSize(map: MapObject, verb: string, what: string, bytes: Uint8Array, size: number): void {
  // A ring buffer's own refusal tells more than a size would.
  if (bytes.length === size || map.type === 'ringbuf') return;
  refuse(
    'EINVAL',
    `bpf(BPF_MAP_${verb}_ELEM)`,
    `${verb.toLowerCase()} in map "${map.name}"`,
    `The ${what} has ${bytes.length} bytes, the map's have ${size}`,
  );
}
