/** Ids of a page; a power of two. */
const PAGE_SIZE = 64;
const PAGE_SHIFT = 6;

interface Page<T> {
  readonly slots: (T | undefined)[];
  used: number;
}

/**
 * Objects by id, neighbours side by side, as in the xarray behind an idr of Linux. In a Map they would be strewn over a
 * table that no cache of the processor holds, and a walk over a hundred thousand would wait for memory at every id.
 */
export class IdPages<T> {
  readonly #pages = new Map<number, Page<T>>();
  /** The page made last; it stays when it is emptied, since what comes next goes there. */
  #newest = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    return this.#pages.get(id >>> PAGE_SHIFT)?.slots[id & (PAGE_SIZE - 1)];
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** Puts an object at an id that is free. */
  add(id: number, object: T): void {
    const number = id >>> PAGE_SHIFT;
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = this.#takePage();
      this.#pages.set(number, page);
      this.#newest = number;
    }
    page.slots[id & (PAGE_SIZE - 1)] = object;
    page.used += 1;
    this.#size += 1;
  }

  /** Returns whether there was one. */
  delete(id: number): boolean {
    const number = id >>> PAGE_SHIFT;
    const page = this.#pages.get(number);
    const slot = id & (PAGE_SIZE - 1);
    if (page?.slots[slot] === undefined) return false;
    page.slots[slot] = undefined;
    page.used -= 1;
    this.#size -= 1;
    if (page.used === 0 && number !== this.#newest) this.#pages.delete(number);
    return true;
  }

  clear(): void {
    this.#pages.clear();
    this.#size = 0;
  }

  /** The newest page, if it is empty and would be left behind, or a new one. */
  #takePage(): Page<T> {
    const newest = this.#pages.get(this.#newest);
    if (newest?.used === 0) {
      this.#pages.delete(this.#newest);
      return newest;
    }
    return { slots: new Array<T | undefined>(PAGE_SIZE).fill(undefined), used: 0 };
  }
}
