/** Values that wait; the most urgent comes first, and of equal ones the one that was there first. */
export interface Queue<T> {
  readonly size: number;
  /** @param priority 0 is the most urgent @param order decides among equals: the lower comes first */
  push(value: T, priority: number, order: number): void;
  pop(): T | undefined;
  peek(): T | undefined;
}

interface Entry<T> {
  readonly value: T;
  readonly priority: number;
  readonly order: number;
}

/** A binary heap: both ways in O(log n). */
export class PriorityQueue<T> implements Queue<T> {
  readonly #heap: Entry<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(value: T, priority: number, order: number): void {
    const entry = { value, priority, order };
    let index = this.#heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[index] = parent;
      index = parentIndex;
    }
    this.#heap[index] = entry;
  }

  pop(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) this.#sink(last);
    return first.value;
  }

  peek(): T | undefined {
    return this.#heap[0]?.value;
  }

  /** Puts an entry at the top, and lets it down to its place. */
  #sink(entry: Entry<T>): void {
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#heap[childIndex];
      if (child === undefined) break;
      const other = this.#heap[childIndex + 1];
      if (other !== undefined && isBefore(other, child)) {
        child = other;
        childIndex += 1;
      }
      if (!isBefore(child, entry)) break;
      this.#heap[index] = child;
      index = childIndex;
    }
    this.#heap[index] = entry;
  }
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority < b.priority;
}
