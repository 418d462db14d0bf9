import { PriorityQueue, type Queue } from '../priority-queue.ts';
import type { DeliveredMessage } from '../protocol/messages.ts';
import type { InboxSnapshot } from './inbox.ts';

/** A message on its way to being acknowledged. */
export interface Outgoing {
  readonly id: number;
  readonly priority: number;
  readonly message: DeliveredMessage;
}

export interface OutboxOptions {
  /** What is in there already, from an earlier run. @defaultValue nothing */
  readonly restored?: readonly Outgoing[];
  /** The number of the next message. @defaultValue 1 */
  readonly nextId?: number;
  /**
   * How many messages may wait to be acknowledged: the fewer, the less an urgent one waits behind others.
   *
   * @defaultValue 64
   */
  readonly window?: number;
  /** Decides what goes first. @defaultValue a {@link PriorityQueue} */
  readonly queue?: Queue<Outgoing>;
}

/** Keeps messages until they are acknowledged, over any number of connections. */
export class Outbox {
  readonly #waiting: Queue<Outgoing>;
  readonly #unacknowledged = new Map<number, Outgoing>();
  readonly #inFlight = new Set<number>();
  readonly #window: number;
  #nextId: number;

  constructor({ restored = [], nextId = 1, window = 64, queue = new PriorityQueue() }: OutboxOptions = {}) {
    this.#waiting = queue;
    this.#window = window;
    this.#nextId = nextId;
    for (const each of restored) this.put(each);
  }

  /** How many are not acknowledged. */
  get size(): number {
    return this.#unacknowledged.size;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** What is not acknowledged. */
  pending(): readonly Outgoing[] {
    return [...this.#unacknowledged.values()];
  }

  /** Numbers a message, which is sent once it is put in: what has to be stored first can be. */
  address(message: DeliveredMessage, priority: number): Outgoing {
    const outgoing = { id: this.#nextId, priority, message };
    this.#nextId += 1;
    return outgoing;
  }

  put(outgoing: Outgoing): void {
    this.#unacknowledged.set(outgoing.id, outgoing);
    this.#waiting.push(outgoing, outgoing.priority, outgoing.id);
  }

  /** The next one to be sent; none while as many are on their way as may be. */
  take(): Outgoing | undefined {
    while (this.#inFlight.size < this.#window) {
      const next = this.#waiting.pop();
      if (next === undefined) return undefined;
      // It may have been acknowledged while it waited to be sent again.
      if (!this.#unacknowledged.has(next.id)) continue;
      this.#inFlight.add(next.id);
      return next;
    }
    return undefined;
  }

  /** @returns those that were not acknowledged before */
  acknowledge(ids: Iterable<number>): readonly number[] {
    return [...ids].filter((id) => {
      this.#inFlight.delete(id);
      return this.#unacknowledged.delete(id);
    });
  }

  /**
   * A new connection begins: all that the other end had got of the last one, acknowledged or not, is acknowledged.
   *
   * @returns which messages those are
   */
  settle({ floor, above }: InboxSnapshot): readonly number[] {
    const arrived = new Set(above);
    return this.acknowledge([...this.#unacknowledged.keys()].filter((id) => id <= floor || arrived.has(id)));
  }

  /**
   * What was on its way when a connection ended has to be sent again.
   *
   * @returns how many those are
   */
  rewind(): number {
    const lost = this.#inFlight.size;
    for (const id of this.#inFlight) {
      const outgoing = this.#unacknowledged.get(id);
      if (outgoing !== undefined) this.#waiting.push(outgoing, outgoing.priority, outgoing.id);
    }
    this.#inFlight.clear();
    return lost;
  }
}
