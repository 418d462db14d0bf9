/** Knows which numbered messages have come, so that each is taken once. */
export interface DeliveryInbox {
  /** Whether this one is new; from now on it is not. */
  accept(id: number): boolean;
  snapshot(): InboxSnapshot;
}

/** All up to `floor` have come, and some above it. */
export interface InboxSnapshot {
  readonly floor: number;
  readonly above: readonly number[];
}

/**
 * Messages come out of order, as urgent ones overtake others. But each of them comes in the end, so what has to be
 * remembered is no more than what is on its way.
 */
export class Inbox implements DeliveryInbox {
  #floor: number;
  readonly #above: Set<number>;

  constructor({ floor, above }: InboxSnapshot = { floor: 0, above: [] }) {
    this.#floor = floor;
    this.#above = new Set(above);
  }

  accept(id: number): boolean {
    if (id <= this.#floor || this.#above.has(id)) return false;
    this.#above.add(id);
    while (this.#above.delete(this.#floor + 1)) this.#floor += 1;
    return true;
  }

  snapshot(): InboxSnapshot {
    return { floor: this.#floor, above: [...this.#above] };
  }
}
