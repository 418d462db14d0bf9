import { Connection, type ConnectionOptions } from '../connection/connection.ts';
import type { DeliveredMessage } from '../protocol/messages.ts';
import { checkTask, type Outcome, rankOf, type Task } from '../task.ts';

export interface ClientOptions extends Omit<ConnectionOptions, 'role' | 'onMessage' | 'slots'> {
  /** Is told of each outcome, once. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Submits tasks, and hears how they ended. */
export class Client {
  readonly connection: Connection;
  readonly #onOutcome: ((outcome: Outcome) => void) | undefined;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();

  constructor({ onOutcome, ...options }: ClientOptions) {
    this.#onOutcome = onOutcome;
    this.connection = new Connection({ ...options, role: 'client', onMessage: (message) => this.#take(message) });
  }

  start(): void {
    this.connection.open();
  }

  /** What has no outcome yet will have none here. */
  stop(): void {
    this.connection.close();
  }

  /** How many tasks have no outcome yet. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** @throws FleetError `INVALID_TASK` */
  submit(task: Task): Promise<Outcome> {
    checkTask(task);
    return new Promise((resolve) => {
      this.#waiting.set(task.id, resolve);
      this.connection.send({ type: 'submit', task }, rankOf(task.priority));
    });
  }

  #take(message: DeliveredMessage): void {
    if (message.type !== 'outcome') return;
    const { outcome } = message;
    this.#onOutcome?.(outcome);
    this.#waiting.get(outcome.taskId)?.(outcome);
    this.#waiting.delete(outcome.taskId);
  }
}
