import type { Arrival, Outcomes } from 'glovebox/scenarios';
import type { BusClient } from '../src/client/bus-client.ts';
import type { Outcome } from '../src/protocol/messages.ts';
import { taskTopic } from '../src/protocol/topics.ts';

/** Gives the arrivals of a load to a bus as tasks, all of one moment at once, and keeps account of what became of them. */
export class TaskAccount {
  readonly sent: number[] = [];
  /** The numbers of tasks, as often as their results came. */
  readonly received: number[] = [];
  readonly failed = new Map<number, string>();
  readonly doneBy = new Map<string, number>();
  /** Those that were given to another when the one that had them was lost. */
  readonly failedOver: number[] = [];
  /** When the last was taken on, and when the last was done, in milliseconds since the first was given. */
  publishedMs = 0;
  doneMs = 0;
  readonly #client: BusClient;
  #startMs: number | undefined;
  #gathered: { readonly id: number; readonly outcomes: Outcomes }[] = [];

  constructor(client: BusClient) {
    this.#client = client;
  }

  readonly send = ({ id }: Arrival, outcomes: Outcomes): void => {
    this.#gathered.push({ id, outcomes });
  };

  readonly flush = (): void => {
    const batch = this.#gathered;
    this.#gathered = [];
    void this.#submit(batch).catch((error: unknown) => {
      for (const { id, outcomes } of batch) outcomes.fail(id, error);
    });
  };

  async #submit(batch: readonly { readonly id: number; readonly outcomes: Outcomes }[]): Promise<void> {
    this.#startMs ??= performance.now();
    for (const { id } of batch) this.sent.push(id);
    const tasks = await this.#client.submitAll(
      taskTopic('process'),
      batch.map(({ id }) => ({ n: id })),
    );
    this.publishedMs = performance.now() - this.#startMs;
    for (const [index, { id, outcomes }] of batch.entries()) {
      void tasks[index]?.outcome.then((outcome) => {
        this.#record(id, outcome);
        if (outcome.ok) outcomes.succeed(id);
        else outcomes.fail(id, new Error(outcome.message));
      });
    }
  }

  #record(id: number, outcome: Outcome): void {
    this.doneMs = performance.now() - (this.#startMs ?? 0);
    if (!outcome.ok) {
      this.failed.set(id, outcome.message);
      return;
    }
    this.received.push(id);
    this.doneBy.set(outcome.by, (this.doneBy.get(outcome.by) ?? 0) + 1);
    if (outcome.lost.length > 0) this.failedOver.push(id);
  }
}
