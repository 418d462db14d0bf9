import { Deque } from './deque.ts';

/** What becomes of what a full buffer has no room for. */
export const OVERFLOWS = ['drop-oldest', 'drop-newest', 'block', 'reject'] as const;
export type Overflow = (typeof OVERFLOWS)[number];

/** What became of something that was offered, and what of something that had to go for it. */
export type Offer<T> =
  | { readonly is: 'kept' }
  | { readonly is: 'kept'; readonly dropped: T }
  | { readonly is: 'dropped' }
  | { readonly is: 'blocked' }
  | { readonly is: 'rejected' };

const KEPT = { is: 'kept' } as const;
const DROPPED = { is: 'dropped' } as const;
const BLOCKED = { is: 'blocked' } as const;
const REJECTED = { is: 'rejected' } as const;

/** A queue with room for so many; what comes in vain waits outside, where that is the policy. */
export class BoundedBuffer<T> {
  readonly #capacity: number;
  readonly #overflow: Overflow;
  readonly #items = new Deque<T>();
  readonly #outside = new Deque<T>();

  constructor(capacity: number, overflow: Overflow) {
    this.#capacity = capacity;
    this.#overflow = overflow;
  }

  get size(): number {
    return this.#items.size;
  }

  /** How many wait for room. */
  get blocked(): number {
    return this.#outside.size;
  }

  offer(item: T): Offer<T> {
    if (this.#items.size < this.#capacity && this.#outside.size === 0) {
      this.#items.push(item);
      return KEPT;
    }
    switch (this.#overflow) {
      case 'drop-oldest': {
        const dropped = this.#items.shift();
        this.#items.push(item);
        return dropped === undefined ? KEPT : { is: 'kept', dropped };
      }
      case 'drop-newest':
        return DROPPED;
      case 'block':
        this.#outside.push(item);
        return BLOCKED;
      case 'reject':
        return REJECTED;
    }
  }

  take(): T | undefined {
    return this.#items.shift();
  }

  /** Puts in front what was taken before; there is always room for that. */
  giveBack(item: T): void {
    this.#items.unshift(item);
  }

  /** Puts at the end what cannot be refused any more. */
  restore(item: T): void {
    this.#items.push(item);
  }

  /** Lets in those who wait, as far as there is room. @param accept tells whether one is still wanted */
  admit(accept: (item: T) => boolean): void {
    while (this.#items.size < this.#capacity) {
      const item = this.#outside.shift();
      if (item === undefined) return;
      if (accept(item)) this.#items.push(item);
    }
  }
}
