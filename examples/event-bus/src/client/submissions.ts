import { randomUUID } from 'node:crypto';
import type { BusError } from '../errors.ts';
import type { Outcome, Refusal, TaskSpec, ToBroker } from '../protocol/messages.ts';
import { Deferred } from './deferred.ts';

/** A task that was given to a bus. */
export interface SubmittedTask {
  readonly id: string;
  /** Why it was not taken on; missing when it was. */
  readonly refusal?: Refusal;
  /** What became of it. It does not reject: a failure is an outcome. */
  readonly outcome: Promise<Outcome>;
}

interface Batch {
  readonly tasks: readonly TaskSpec[];
  readonly decided: Deferred<readonly Refusal[]>;
}

/**
 * The tasks that a client has given to a bus and has no outcome of. Those of which it has no answer are sent again to the
 * broker that is there next, with the same ids.
 */
export class Submissions {
  readonly #send: (message: ToBroker) => void;
  readonly #batches = new Map<number, Batch>();
  readonly #outcomes = new Map<string, (outcome: Outcome) => void>();
  /** Unique: the rest of the ids counts. */
  readonly #prefix = randomUUID().slice(0, 13);
  #lastBatch = 0;
  #lastTask = 0;
  #unsettled: string[] = [];

  constructor(send: (message: ToBroker) => void) {
    this.#send = send;
  }

  async submit(topic: string, payloads: readonly unknown[], to: string | undefined): Promise<readonly SubmittedTask[]> {
    const tasks: TaskSpec[] = [];
    const outcomes: Promise<Outcome>[] = [];
    for (const payload of payloads) {
      this.#lastTask += 1;
      const id = `${this.#prefix}-${this.#lastTask}`;
      tasks.push({ id, topic, payload, ...(to !== undefined && { to }) });
      outcomes.push(new Promise((resolve) => this.#outcomes.set(id, resolve)));
    }
    this.#lastBatch += 1;
    const batch = this.#lastBatch;
    const decided = new Deferred<readonly Refusal[]>();
    this.#batches.set(batch, { tasks, decided });
    this.#send({ type: 'submit', batch, tasks });
    const refused = new Map((await decided.promise).map((refusal) => [refusal.task, refusal]));
    return tasks.map(({ id }, index) => {
      const refusal = refused.get(id);
      const outcome = outcomes[index] as Promise<Outcome>;
      return { id, outcome, ...(refusal !== undefined && { refusal }) };
    });
  }

  /** To a broker that may know nothing of it. */
  sayAll(): void {
    for (const [batch, { tasks }] of this.#batches) {
      // Those with an outcome were taken on, whoever said so.
      this.#send({ type: 'submit', batch, tasks: tasks.filter(({ id }) => this.#outcomes.has(id)) });
    }
  }

  decide(number: number, refused: readonly Refusal[]): void {
    for (const { task, code, message } of refused) this.#end(task, { ok: false, code, message });
    this.#batches.get(number)?.decided.resolve(refused);
    this.#batches.delete(number);
  }

  /** A broker tells an outcome until it hears that it is known. */
  finish(id: string, outcome: Outcome): void {
    this.#unsettled.push(id);
    this.#end(id, outcome);
  }

  settle(): void {
    if (this.#unsettled.length === 0) return;
    this.#send({ type: 'settle', tasks: this.#unsettled });
    this.#unsettled = [];
  }

  fail(error: BusError): void {
    for (const { decided } of this.#batches.values()) {
      decided.reject(error);
    }
    this.#batches.clear();
    for (const id of [...this.#outcomes.keys()]) this.#end(id, { ok: false, code: error.code, message: error.message });
  }

  #end(id: string, outcome: Outcome): void {
    this.#outcomes.get(id)?.(outcome);
    this.#outcomes.delete(id);
  }
}
