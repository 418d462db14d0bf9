/** What waits for its time, the earliest first; of two with the same time, the one that came first. */
export class DueQueue<T> {
  readonly #heap: { readonly dueMs: number; readonly order: number; readonly value: T }[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; Infinity when nothing waits. */
  get nextMs(): number {
    return this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  push(dueMs: number, value: T): void {
    const heap = this.#heap;
    const entry = { dueMs, order: this.#order, value };
    this.#order += 1;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  /** The first, if it is due. */
  take(nowMs: number): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first.value;
  }

  #sink(entry: { readonly dueMs: number; readonly order: number; readonly value: T }): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || isBefore(entry, child)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = entry;
  }
}

interface Entry {
  readonly dueMs: number;
  readonly order: number;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
