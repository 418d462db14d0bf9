import { type BusError, messageOf } from '../errors.ts';
import type { Effect, FromBroker, ToBroker } from '../protocol/messages.ts';
import { Deferred } from './deferred.ts';

/** Does a task: what it gives, or throws, is what whoever asked for it is told. */
export type TaskHandler = (payload: unknown) => unknown;

type TaskMessage = Extract<FromBroker, { type: 'task' }>;

interface Membership {
  readonly handler: TaskHandler;
  readonly window: number;
  readonly concurrency: number;
  readonly joined: Deferred<void>;
  readonly waiting: TaskMessage[];
  running: number;
}

/** The topics whose tasks a client does. */
export class Memberships {
  readonly #send: (message: ToBroker) => void;
  readonly #memberships = new Map<string, Membership>();
  /** Of this connection: what was begun in an earlier one is somebody else's by now. */
  #era = 0;

  constructor(send: (message: ToBroker) => void) {
    this.#send = send;
  }

  join(
    topic: string,
    handler: TaskHandler,
    { window, concurrency }: { readonly window: number; readonly concurrency: number },
  ): Promise<void> {
    const joined = new Deferred<void>();
    this.#memberships.set(topic, { handler, window, concurrency, joined, waiting: [], running: 0 });
    this.#send({ type: 'join', topic, window });
    return joined.promise;
  }

  sayAll(): void {
    for (const [topic, { window }] of this.#memberships) this.#send({ type: 'join', topic, window });
  }

  confirm(topic: string): void {
    this.#memberships.get(topic)?.joined.resolve();
  }

  take(task: TaskMessage): void {
    const membership = this.#memberships.get(task.topic);
    if (membership === undefined) return;
    membership.waiting.push(task);
    this.#work(membership);
  }

  /** The connection was lost: others do what was not begun yet. */
  forget(): void {
    this.#era += 1;
    for (const { waiting } of this.#memberships.values()) waiting.length = 0;
  }

  fail(error: BusError): void {
    for (const { joined } of this.#memberships.values()) {
      joined.reject(error);
    }
  }

  #work(membership: Membership): void {
    while (membership.running < membership.concurrency) {
      const task = membership.waiting.shift();
      if (task === undefined) return;
      membership.running += 1;
      const era = this.#era;
      void perform(membership.handler, task.payload).then((effect) => {
        membership.running -= 1;
        if (era === this.#era) this.#send({ type: 'effect', task: task.task, lease: task.lease, effect });
        this.#work(membership);
      });
    }
  }
}

async function perform(handler: TaskHandler, payload: unknown): Promise<Effect> {
  try {
    return { ok: true, payload: (await handler(payload)) ?? null };
  } catch (error) {
    return { ok: false, message: messageOf(error) || 'it failed without a word' };
  }
}
