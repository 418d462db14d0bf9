import { existsSync, readFileSync } from 'node:fs';
import { quote } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';
import { CStruct } from '../../native/c-struct.js';
import type { FileDescriptor } from '../../native/file-descriptor.js';
import { requireResult } from '../../native/system-call.js';
import type { MapElement } from '../backend.js';
import { readU32, writeU32 } from '../element-bytes.js';
import type { BpfMap, MapInfo, MapUpdateMode } from '../objects.js';
import { refuse } from '../refuse.js';
import { bpf, nameBpf, tryBpf } from './bpf-call.js';
import { CLOSED_FD } from './bpf-constants.js';
import type { LinuxCaller } from './linux-caller.js';
import { LinuxMap } from './linux-handle.js';
import { openById } from './object-ids.js';
import { missingFromSysfs } from './sysfs.js';

/** BPF_ANY, BPF_NOEXIST, BPF_EXIST */
const MODES: Readonly<Record<MapUpdateMode, number>> = { any: 0, noexist: 1, exist: 2 };
/** A map without a lock in its values refuses it. */
const BPF_F_LOCK = 4;
/** More than any mode is: every map refuses it. */
const NO_MODE = 7;
const EPERM = -1;
const EBADF = -9;
const ENOENT = -2;
const POSSIBLE_CPUS = '/sys/devices/system/cpu/possible';

/** A map as a call finds it: the descriptor that its caller has, and what the kernel told of it. */
type OpenMap = MapInfo & { readonly fd: number };

/** Of a map with a value for each CPU: that of the first CPU whose value is not all zero. @throws KernelError */
export function lookupElement(caller: LinuxCaller, handle: BpfMap, key: Uint8Array): Uint8Array {
  const map = openMap(caller, handle);
  const action = nameAction('lookup', map);
  const ownKey = copyExactly(caller, map, 'LOOKUP', 'key', key);
  const value = new Uint8Array(measureValue(map));
  caller.run(() => bpf('MAP_LOOKUP_ELEM', encodeElement(map, ownKey, value), action));
  return selectValue(map, value);
}

/** @throws KernelError */
export function updateElement(
  caller: LinuxCaller,
  handle: BpfMap,
  key: Uint8Array,
  value: Uint8Array,
  mode: MapUpdateMode,
): void {
  const map = openMap(caller, handle);
  const ownKey = copyExactly(caller, map, 'UPDATE', 'key', key);
  const ownValue = copyExactly(caller, map, 'UPDATE', 'value', value);
  const update = (bytes: Uint8Array): void => {
    const attributes = encodeElement(map, ownKey, bytes).u64(24, MODES[mode]);
    caller.run(() => bpf('MAP_UPDATE_ELEM', attributes, nameAction('update', map)));
  };
  if (map.type !== 'prog_array') {
    update(repeatValue(map, ownValue));
    return;
  }
  using program = findProgram(readU32(ownValue));
  update(writeU32(program?.number ?? CLOSED_FD));
}

/** @throws KernelError */
export function deleteElement(caller: LinuxCaller, handle: BpfMap, key: Uint8Array): void {
  const map = openMap(caller, handle);
  const attributes = encodeElement(map, copyExactly(caller, map, 'DELETE', 'key', key), undefined);
  caller.run(() => bpf('MAP_DELETE_ELEM', attributes, nameAction('delete', map)));
}

/** In the kernel's order; empty slots are left out. @throws KernelError */
export function listElements(caller: LinuxCaller, handle: BpfMap): readonly MapElement[] {
  const map = openMap(caller, handle);
  const elements: MapElement[] = [];
  for (let key = getNextKey(caller, map, undefined); key !== undefined; key = getNextKey(caller, map, key)) {
    const value = findElement(caller, handle, key);
    if (value !== undefined) elements.push([key, value]);
  }
  return elements;
}

function openMap(caller: LinuxCaller, handle: BpfMap): OpenMap {
  return { ...LinuxMap.infoOf(handle), fd: caller.fdOf(handle) };
}

function getNextKey(caller: LinuxCaller, map: OpenMap, after: Uint8Array | undefined): Uint8Array | undefined {
  const next = new Uint8Array(map.keySizeBytes);
  const attributes = encodeElement(map, after, next);
  const result = caller.run(() => tryBpf('MAP_GET_NEXT_KEY', attributes));
  if (result === ENOENT) return undefined;
  requireResult(result, { syscall: nameBpf('MAP_GET_NEXT_KEY'), action: nameAction('list', map) });
  return next;
}

function findElement(caller: LinuxCaller, map: BpfMap, key: Uint8Array): Uint8Array | undefined {
  try {
    return lookupElement(caller, map, key);
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** union bpf_attr, BPF_MAP_*_ELEM: the descriptor, the key, and the value or the next key. */
function encodeElement(map: OpenMap, key: Uint8Array | undefined, value: Uint8Array | undefined): CStruct {
  const attributes = new CStruct(32).u32(0, map.fd).pointer(16, value);
  // What has no keys must not be given one.
  return attributes.pointer(8, map.keySizeBytes === 0 ? undefined : key);
}

/**
 * The bytes of a key or a value, which nobody else can change or take away while the kernel reads them.
 *
 * bpf(2) copies as many as the map says: here they must be there, or the kernel is asked for something that it refuses
 * after all that it would have refused before: no map, or one on which this is not allowed. A ring buffer has no elements.
 */
function copyExactly(
  caller: LinuxCaller,
  map: OpenMap,
  verb: 'LOOKUP' | 'UPDATE' | 'DELETE',
  what: 'key' | 'value',
  given: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(given);
  const sizeBytes = what === 'key' ? map.keySizeBytes : map.valueSizeBytes;
  if (bytes.length === sizeBytes || map.type === 'ringbuf') return bytes;
  const [key, value] = [new Uint8Array(map.keySizeBytes), new Uint8Array(measureValue(map))];
  const attributes =
    verb === 'DELETE'
      ? encodeElement(map, undefined, undefined)
      : encodeElement(map, key, value).u64(24, verb === 'LOOKUP' ? BPF_F_LOCK : NO_MODE);
  const result = caller.run(() => tryBpf(`MAP_${verb}_ELEM`, attributes));
  const syscall = nameBpf(`MAP_${verb}_ELEM`);
  const action = nameAction(verb.toLowerCase(), map);
  if (result === EBADF || result === EPERM) requireResult(result, { syscall, action });
  return refuse('EINVAL', syscall, action, `The ${what} has ${bytes.length} bytes, the map's have ${sizeBytes}`);
}

function nameAction(verb: string, map: MapInfo): string {
  return `${verb} in map ${quote(map.name)}`;
}

function isPerCpu(map: MapInfo): boolean {
  return map.type === 'percpu_array' || map.type === 'percpu_hash';
}

/** kernel/bpf/syscall.c, bpf_map_value_size */
function measureValue(map: MapInfo): number {
  return isPerCpu(map) ? round8(map.valueSizeBytes) * countPossibleCpus() : map.valueSizeBytes;
}

function repeatValue(map: MapInfo, value: Uint8Array): Uint8Array {
  if (!isPerCpu(map)) return value;
  const bytes = new Uint8Array(measureValue(map));
  for (let at = 0; at < bytes.length; at += round8(map.valueSizeBytes)) bytes.set(value, at);
  return bytes;
}

function selectValue(map: MapInfo, bytes: Uint8Array): Uint8Array {
  if (!isPerCpu(map)) return bytes;
  const values: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += round8(map.valueSizeBytes)) {
    values.push(bytes.slice(at, at + map.valueSizeBytes));
  }
  return values.find((value) => value.some((byte) => byte !== 0)) ?? values[0] ?? bytes;
}

/** `0-3`: the kernel counts every CPU that could ever be plugged in. */
function countPossibleCpus(): number {
  if (!existsSync(POSSIBLE_CPUS)) {
    throw missingFromSysfs({
      capability: 'maps with a value for each CPU',
      reason: `there is no ${POSSIBLE_CPUS}, which tells how many there may be`,
      fix: 'run the tests where sysfs is whole',
    });
  }
  const highest = /(\d+)\s*$/.exec(readFileSync(POSSIBLE_CPUS, 'utf8'))?.[1];
  return Number(highest ?? 0) + 1;
}

/** A prog_array takes a descriptor; that of a program which is gone is EBADF. */
function findProgram(id: number): FileDescriptor | undefined {
  try {
    return openById('program', id, `open program ${id}`);
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function round8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
