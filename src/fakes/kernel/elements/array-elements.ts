import { readU32, writeU32 } from '../../../kernel/element-bytes.js';
import type { MapSpec, MapUpdateMode } from '../../../kernel/objects.js';
import type { Fail, MapElements, MapEntry } from './map-elements.js';

/** kernel/bpf/arraymap.c: every element is there from the start, all zero, and none can be deleted. */
export class ArrayElements implements MapElements {
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
