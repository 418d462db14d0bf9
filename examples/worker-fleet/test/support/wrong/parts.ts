import type { Random } from '../../../src/clock.ts';
import { Store } from '../../../src/coordinator/store.ts';
import { type DeliveryInbox, Inbox, type InboxSnapshot } from '../../../src/delivery/inbox.ts';
import type { Queue } from '../../../src/priority-queue.ts';

/** Waits always for as long as may be: all workers wait for the same time. */
export const noJitter: Random = { float: () => 1 };

/** First come, first served. */
export class FifoQueue<T> implements Queue<T> {
  readonly #values: T[] = [];

  get size(): number {
    return this.#values.length;
  }

  push(value: T): void {
    this.#values.push(value);
  }

  pop(): T | undefined {
    return this.#values.shift();
  }

  peek(): T | undefined {
    return this.#values[0];
  }
}

/** Takes one new message in a thousand for one that has come before. */
export class LosingInbox extends Inbox {
  #count = 0;

  override accept(id: number): boolean {
    const isNew = super.accept(id);
    if (isNew) this.#count += 1;
    return isNew && this.#count % 1000 !== 0;
  }
}

/** Takes every message for a new one. */
export class ForgetfulInbox implements DeliveryInbox {
  accept(): boolean {
    return true;
  }

  snapshot(): InboxSnapshot {
    return { floor: 0, above: [] };
  }
}

/** Stores checkpoints, and finds none. */
export class ForgetfulStore extends Store {
  override findCheckpoint(): undefined {
    return undefined;
  }
}
