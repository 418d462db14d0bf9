import type { MapUpdateMode } from '../../../kernel/objects.js';
import type { Fail, MapElements, MapEntry } from './map-elements.js';

/** kernel/bpf/hashtab.c. An LRU map makes room by dropping what was written longest ago; lookups by bpf(2) do not count. */
export class HashElements implements MapElements {
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

/** Bytes as a string that is equal for equal bytes. */
function nameKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
