import { MAX_ID } from '../../../kernel/ids.js';
import { IdPages } from './id-pages.js';

/** Tombstones are tolerated up to this many before the order is rebuilt. */
const MIN_COMPACTION = 64;

/** How ids are given out: rising, with a wrap at the end, as Linux does; or always the lowest free one. */
export type IdReuse = 'cyclic' | 'lowest';

/**
 * Objects by id, as an idr of Linux keeps them: ids rise and wrap (`idr_alloc_cyclic`), a lookup is constant, the next
 * id is found by bisection. Freed ids stay as tombstones in the order until they are half of it, or until stepping over
 * them has cost as much as rebuilding it.
 */
export class IdTable<T extends { readonly id: number }> {
  readonly #objects = new IdPages<T>();
  /** Ascending from `#start` on; holds every id of `#objects`, and tombstones. */
  #order: number[] = [];
  /** Before it are tombstones only: who unloads the oldest again and again must not make each search longer. */
  #start = 0;
  /** How many tombstones searches have stepped over since the order was rebuilt. */
  #skipped = 0;
  /** Where the last search ended: who walks from id to id goes on from there. */
  #cursor = 0;
  #next: number;
  readonly #first: number;
  readonly #reuse: IdReuse;
  #lowestFree = 1;

  constructor(options: { readonly next?: number; readonly reuse?: IdReuse } = {}) {
    this.#first = options.next ?? 1;
    this.#next = this.#first;
    this.#reuse = options.reuse ?? 'cyclic';
  }

  get size(): number {
    return this.#objects.size;
  }

  get(id: number): T | undefined {
    return this.#objects.get(id);
  }

  /** Gives out an id. It is used up whether or not an object follows: a failed attach leaves a gap, as in Linux. */
  allocate(): number {
    return this.#reuse === 'lowest' ? this.#takeLowest() : this.#takeNext();
  }

  /** Makes the next id given out this one, or the next free one after it. */
  setNext(id: number): void {
    this.#next = id;
    this.#lowestFree = Math.min(this.#lowestFree, id);
  }

  add(object: T): void {
    const { id } = object;
    this.#objects.add(id, object);
    const order = this.#order;
    if (order.length === this.#start || id > (order[order.length - 1] ?? 0)) {
      order.push(id);
      return;
    }
    const place = this.#findPlace(id);
    if (order[place] !== id) order.splice(place, 0, id);
  }

  remove(id: number): void {
    if (!this.#objects.delete(id)) return;
    if (id < this.#lowestFree) this.#lowestFree = id;
    const order = this.#order;
    while (order.length > this.#start && !this.#objects.has(order[order.length - 1] ?? 0)) order.pop();
    while (this.#start < order.length && !this.#objects.has(order[this.#start] ?? 0)) this.#start += 1;
    if (order.length > MIN_COMPACTION && order.length > 2 * this.#objects.size) this.#compact();
  }

  /** The lowest id above `id`; `undefined` at the end. */
  nextAfter(id: number): number | undefined {
    if (this.#skipped > this.#order.length) this.#compact();
    const order = this.#order;
    const first =
      order[this.#cursor] === id && this.#cursor >= this.#start ? this.#cursor + 1 : this.#findPlace(id + 1);
    for (let place = first; place < order.length; place += 1) {
      const candidate = order[place];
      if (candidate === undefined || !this.#objects.has(candidate)) continue;
      this.#skipped += place - first;
      this.#cursor = place;
      return candidate;
    }
    return undefined;
  }

  /** In the order of ids. */
  values(): T[] {
    const values: T[] = [];
    for (let place = this.#start; place < this.#order.length; place += 1) {
      const object = this.#objects.get(this.#order[place] ?? 0);
      if (object !== undefined) values.push(object);
    }
    return values;
  }

  clear(): void {
    this.#objects.clear();
    this.#compact();
    this.#next = this.#first;
    this.#lowestFree = 1;
  }

  #compact(): void {
    this.#order = this.#order.slice(this.#start).filter((id) => this.#objects.has(id));
    this.#start = 0;
    this.#skipped = 0;
  }

  #takeNext(): number {
    let id = this.#next > MAX_ID ? 1 : this.#next;
    while (this.#objects.has(id)) id = id === MAX_ID ? 1 : id + 1;
    this.#next = id + 1;
    return id;
  }

  #takeLowest(): number {
    while (this.#objects.has(this.#lowestFree)) this.#lowestFree += 1;
    return this.#lowestFree;
  }

  /** The first place in the order that holds `id` or more. */
  #findPlace(id: number): number {
    let low = this.#start;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
