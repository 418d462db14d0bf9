import type { Outcome, TaskSpec } from '../protocol/messages.ts';

/** A task that a broker has answered for. */
export interface StoredTask extends TaskSpec {
  /** The client that is to have its outcome. */
  readonly owner: string;
}

/** A task that is done, and whose owner does not know it yet. */
export interface FinishedTask {
  readonly id: string;
  readonly owner: string;
  readonly outcome: Outcome;
}

/** What a broker finds when it is started. */
export interface Recovered {
  /** Not done yet, in the order in which they were taken on. */
  readonly tasks: readonly StoredTask[];
  readonly finished: readonly FinishedTask[];
}

/** Where a broker keeps what it has answered for. */
export interface TaskStore {
  recover(): Recovered;
  taken(task: StoredTask): void;
  finished(task: FinishedTask): void;
  settled(id: string): void;
  /** What was told since the last call outlives this process when this returns. @throws Error when that cannot be */
  flush(): void;
  close(): void;
}

/** Keeps nothing: for a bus whose tasks may be lost with its broker. */
export class NoStore implements TaskStore {
  recover(): Recovered {
    return { tasks: [], finished: [] };
  }
  taken(): void {}
  finished(): void {}
  settled(): void {}
  flush(): void {}
  close(): void {}
}
