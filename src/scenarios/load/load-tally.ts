import { FailureTally } from './failure-tally.js';

/** What a tally tells of each end. */
export interface LoadTallyEvents {
  /** One has succeeded that was due then. */
  readonly onSuccess: (dueMs: number) => void;
  readonly onFailure: () => void;
}

/** Counts what a load has begun and what came of it. */
export class LoadTally {
  readonly #events: LoadTallyEvents;
  readonly #failures = new FailureTally();
  /** When those that tell their end by their id were due. */
  readonly #due = new Map<number, number>();
  #started = 0;
  #succeeded = 0;
  #failed = 0;
  #inFlight = 0;
  #mostInFlight = 0;
  #isClosed = false;

  constructor(events: LoadTallyEvents) {
    this.#events = events;
  }

  get started(): number {
    return this.#started;
  }

  get succeeded(): number {
    return this.#succeeded;
  }

  get failed(): number {
    return this.#failed;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get mostInFlight(): number {
    return this.#mostInFlight;
  }

  get failures() {
    return this.#failures.list();
  }

  /** Counts one that begins; returns its id. */
  begin(): number {
    this.#inFlight += 1;
    if (this.#inFlight > this.#mostInFlight) this.#mostInFlight = this.#inFlight;
    this.#started += 1;
    return this.#started - 1;
  }

  /** Keeps when one was due, until its end is told by its id. */
  keepDue(id: number, dueMs: number): void {
    this.#due.set(id, dueMs);
  }

  readonly succeedById = (id: number): void => {
    const dueMs = this.#takeDue(id);
    if (dueMs !== undefined) this.succeed(dueMs);
  };

  readonly failById = (id: number, error: unknown): void => {
    if (this.#takeDue(id) !== undefined) this.fail(error);
  };

  succeed(dueMs: number): void {
    if (this.#isClosed) return;
    this.#succeeded += 1;
    this.#inFlight -= 1;
    this.#events.onSuccess(dueMs);
  }

  fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#failed += 1;
    this.#inFlight -= 1;
    this.#failures.add(error);
    this.#events.onFailure();
  }

  /** What has not ended has not, whatever comes later. */
  close(): void {
    this.#isClosed = true;
  }

  #takeDue(id: number): number | undefined {
    const dueMs = this.#due.get(id);
    if (dueMs !== undefined) this.#due.delete(id);
    return dueMs;
  }
}
