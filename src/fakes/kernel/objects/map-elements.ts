import type { ErrnoName } from '../../../core/errno.js';
import type { MapSpec, MapUpdateMode, ProgramType } from '../../../kernel/objects.js';
import { refuse } from '../../../kernel/refuse.js';
import type { FakeDevice } from '../../interfaces/fake-device.js';
import type { ProgramObject } from './kernel-objects.js';
import { toKernelType } from './kernel-type.js';

/** A key and its value. */
export type MapEntry = readonly [key: Uint8Array, value: Uint8Array];

/** What is in a map: one kind for each of `struct bpf_map_ops` that is modelled. Sizes are checked before. */
export interface MapElements {
  lookup(key: Uint8Array): Uint8Array;
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void;
  delete(key: Uint8Array): void;
  entries(): readonly MapEntry[];
  /** The map is freed, or loses its last user; lets go of what its elements hold. */
  clear(): void;
}

/** What elements that refer to other objects need of the kernel. */
export interface ElementContext {
  /** The program of an id, held for the map. @throws KernelError */
  takeProgram(id: number): ProgramObject;
  releaseProgram(program: ProgramObject): void;
  /** The device of an index in the creator's network namespace (dev_map_update_elem looks there). */
  findDevice(ifindex: number): FakeDevice | undefined;
  /** A program with extensions may not be called through a prog_array. */
  readonly forbidsExtendedPrograms: boolean;
  /** An extension may not be called through a prog_array. */
  readonly forbidsExtensions: boolean;
  /** Whether programs for maps and for devices stay apart in prog_arrays. */
  readonly forbidsOtherTargets: boolean;
}

type Fail = (code: ErrnoName, verb: 'LOOKUP' | 'UPDATE' | 'DELETE', hint: string) => never;

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

/** kernel/bpf/hashtab.c. An LRU map makes room by dropping what was written longest ago; lookups by bpf(2) do not count. */
class HashElements implements MapElements {
  readonly #elements = new Map<string, MapEntry>();
  readonly #limit: number;
  readonly #lru: boolean;
  readonly #fail: Fail;

  constructor(limit: number, lru: boolean, fail: Fail) {
    this.#limit = limit;
    this.#lru = lru;
    this.#fail = fail;
  }

  lookup(key: Uint8Array): Uint8Array {
    const entry = this.#elements.get(nameKey(key)) ?? this.#fail('ENOENT', 'LOOKUP', 'There is no such key');
    return entry[1].slice();
  }

  /** htab_map_update_elem: the mode first, then whether there is room. */
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    const name = nameKey(key);
    const isThere = this.#elements.has(name);
    if (isThere && mode === 'noexist') this.#fail('EEXIST', 'UPDATE', 'The key is there already');
    if (!isThere && mode === 'exist') this.#fail('ENOENT', 'UPDATE', 'There is no such key');
    if (!isThere && this.#elements.size >= this.#limit) this.#makeRoom();
    if (this.#lru) this.#elements.delete(name);
    this.#elements.set(name, [key.slice(), value.slice()]);
  }

  delete(key: Uint8Array): void {
    if (!this.#elements.delete(nameKey(key))) this.#fail('ENOENT', 'DELETE', 'There is no such key');
  }

  entries(): readonly MapEntry[] {
    return [...this.#elements.values()].map(([key, value]) => [key.slice(), value.slice()]);
  }

  clear(): void {
    this.#elements.clear();
  }

  #makeRoom(): void {
    if (!this.#lru) this.#fail('E2BIG', 'UPDATE', `The map holds ${this.#limit} elements, its maxEntries`);
    for (const oldest of this.#elements.keys()) {
      this.#elements.delete(oldest);
      return;
    }
  }
}

/** kernel/bpf/arraymap.c: every element is there from the start, all zero, and none can be deleted. */
class ArrayElements implements MapElements {
  readonly #values = new Map<number, Uint8Array>();
  readonly #spec: Required<MapSpec>;
  readonly #fail: Fail;

  constructor(spec: Required<MapSpec>, fail: Fail) {
    this.#spec = spec;
    this.#fail = fail;
  }

  lookup(key: Uint8Array): Uint8Array {
    const index = readU32(key);
    if (index >= this.#spec.maxEntries)
      this.#fail('ENOENT', 'LOOKUP', `The last index is ${this.#spec.maxEntries - 1}`);
    return this.#values.get(index)?.slice() ?? new Uint8Array(this.#spec.valueSizeBytes);
  }

  /** array_map_update_elem: the index first, then the mode. */
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    const index = readU32(key);
    if (index >= this.#spec.maxEntries) this.#fail('E2BIG', 'UPDATE', `The last index is ${this.#spec.maxEntries - 1}`);
    if (mode === 'noexist') this.#fail('EEXIST', 'UPDATE', 'Every element of an array exists');
    this.#values.set(index, value.slice());
  }

  delete(): never {
    return this.#fail('EINVAL', 'DELETE', 'Elements of an array cannot be deleted');
  }

  entries(): readonly MapEntry[] {
    return Array.from({ length: this.#spec.maxEntries }, (_, index) => {
      const key = writeU32(index);
      return [key, this.lookup(key)];
    });
  }

  clear(): void {
    this.#values.clear();
  }
}

/**
 * kernel/bpf/arraymap.c, prog_array: a value is a program's id, four bytes, where bpf(2) takes a file descriptor and
 * gives back the id. Each element holds its program; all are of the type of the first.
 */
class ProgramElements implements MapElements {
  readonly #programs = new Map<number, ProgramObject>();
  /** The type of the first program that was ever put in; it stays when the map is emptied. */
  #ownerType: ProgramType | undefined;
  #ownerTarget: ProgramObject['facts']['xdpTarget'];
  readonly #limit: number;
  readonly #context: ElementContext;
  readonly #fail: Fail;

  constructor(limit: number, context: ElementContext, fail: Fail) {
    this.#limit = limit;
    this.#context = context;
    this.#fail = fail;
  }

  lookup(key: Uint8Array): Uint8Array {
    const program = this.#programs.get(readU32(key)) ?? this.#fail('ENOENT', 'LOOKUP', 'The slot is empty');
    return writeU32(program.id);
  }

  /** bpf_fd_array_map_update_elem */
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    if (mode !== 'any') this.#fail('EINVAL', 'UPDATE', 'A prog_array takes mode "any" only');
    const index = readU32(key);
    if (index >= this.#limit) this.#fail('E2BIG', 'UPDATE', `The last index is ${this.#limit - 1}`);
    const program = this.#context.takeProgram(readU32(value));
    const problem = this.#findProblem(program);
    if (problem !== undefined) {
      this.#context.releaseProgram(program);
      this.#fail(...problem);
    }
    if (this.#ownerType === undefined) this.#ownerTarget = program.facts.xdpTarget;
    this.#ownerType = toKernelType(program.type);
    program.arrayMemberships += 1;
    this.#drop(index);
    this.#programs.set(index, program);
  }

  delete(key: Uint8Array): void {
    const index = readU32(key);
    if (index >= this.#limit) this.#fail('E2BIG', 'DELETE', `The last index is ${this.#limit - 1}`);
    if (!this.#drop(index)) this.#fail('ENOENT', 'DELETE', 'The slot is empty');
  }

  entries(): readonly MapEntry[] {
    return [...this.#programs]
      .sort(([a], [b]) => a - b)
      .map(([index, program]) => [writeU32(index), writeU32(program.id)]);
  }

  clear(): void {
    for (const index of [...this.#programs.keys()]) this.#drop(index);
  }

  #findProblem(program: ProgramObject): Parameters<Fail> | undefined {
    // kernel/bpf/core.c, bpf_prog_map_compatible
    if (program.type === 'extension' && this.#context.forbidsExtensions)
      return ['EINVAL', 'UPDATE', 'An extension cannot be tail-called'];
    if (this.#ownerType !== undefined && this.#ownerType !== toKernelType(program.type)) {
      return ['EINVAL', 'UPDATE', `The map is for programs of type ${this.#ownerType}`];
    }
    const isOtherTarget = this.#ownerType !== undefined && this.#ownerTarget !== program.facts.xdpTarget;
    if (isOtherTarget && this.#context.forbidsOtherTargets)
      return ['EINVAL', 'UPDATE', `The map is for programs of ${this.#ownerTarget ?? 'devices'}`];
    const isExtended = this.#context.forbidsExtendedPrograms && (program.extensions?.size ?? 0) > 0;
    return isExtended ? ['EBUSY', 'UPDATE', 'The program has an extension in it'] : undefined;
  }

  #drop(index: number): boolean {
    const program = this.#programs.get(index);
    if (program === undefined) return false;
    this.#programs.delete(index);
    program.arrayMemberships -= 1;
    this.#context.releaseProgram(program);
    return true;
  }
}

/** kernel/bpf/devmap.c and kernel/bpf/cpumap.c: slots that are filled with a device's index or a queue's size. */
class SlotElements implements MapElements {
  readonly #slots = new Map<number, { readonly value: Uint8Array; readonly device: FakeDevice | undefined }>();
  readonly #spec: Required<MapSpec>;
  readonly #context: ElementContext;
  readonly #fail: Fail;

  constructor(spec: Required<MapSpec>, context: ElementContext, fail: Fail) {
    this.#spec = spec;
    this.#context = context;
    this.#fail = fail;
  }

  lookup(key: Uint8Array): Uint8Array {
    const slot = this.#slots.get(readU32(key)) ?? this.#fail('ENOENT', 'LOOKUP', 'The slot is empty');
    return slot.value.slice();
  }

  /** dev_map_update_elem and cpu_map_update_elem */
  update(key: Uint8Array, value: Uint8Array, mode: MapUpdateMode): void {
    const index = readU32(key);
    if (index >= this.#spec.maxEntries) this.#fail('E2BIG', 'UPDATE', `The last index is ${this.#spec.maxEntries - 1}`);
    if (mode === 'noexist') this.#fail('EEXIST', 'UPDATE', 'Every slot exists');
    const number = readU32(value);
    if (number === 0) {
      this.#slots.delete(index);
      return;
    }
    const device = this.#spec.type === 'devmap' ? this.#context.findDevice(number) : undefined;
    if (this.#spec.type === 'devmap' && device === undefined) {
      this.#fail('EINVAL', 'UPDATE', `There is no device with index ${number}`);
    }
    if (this.#spec.type === 'cpumap' && number > 16_384)
      this.#fail('EOVERFLOW', 'UPDATE', 'A queue holds at most 16384 packets');
    this.#slots.set(index, { value: value.slice(), device });
  }

  delete(key: Uint8Array): void {
    const index = readU32(key);
    if (index >= this.#spec.maxEntries)
      this.#fail('EINVAL', 'DELETE', `The last index is ${this.#spec.maxEntries - 1}`);
    this.#slots.delete(index);
  }

  entries(): readonly MapEntry[] {
    return [...this.#slots].sort(([a], [b]) => a - b).map(([index, slot]) => [writeU32(index), slot.value.slice()]);
  }

  clear(): void {
    this.#slots.clear();
  }

  /** A device is gone: its slots are emptied (dev_map_notification). */
  dropDevice(device: FakeDevice): void {
    for (const [index, slot] of this.#slots) if (slot.device === device) this.#slots.delete(index);
  }
}

/** Empties the slots of a devmap that lead to a device. */
export function dropDevice(elements: MapElements, device: FakeDevice): void {
  if (elements instanceof SlotElements) elements.dropDevice(device);
}

/** kernel/bpf/ringbuf.c: a ring buffer has records, but no elements. */
class NoElements implements MapElements {
  readonly #fail: Fail;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  lookup(): never {
    return this.#fail('ENOTSUPP', 'LOOKUP', 'A ring buffer has no elements');
  }

  update(): never {
    return this.#fail('ENOTSUPP', 'UPDATE', 'A ring buffer has no elements');
  }

  delete(): never {
    return this.#fail('ENOTSUPP', 'DELETE', 'A ring buffer has no elements');
  }

  entries(): never {
    return this.#fail('ENOTSUPP', 'LOOKUP', 'A ring buffer has no elements');
  }

  clear(): void {}
}

/** Bytes as a string that is equal for equal bytes. */
function nameKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function readU32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
}

function writeU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
