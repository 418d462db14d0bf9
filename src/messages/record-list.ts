import { TimeoutError } from '../core/errors.js';
import { RealClock } from '../core/real-clock.js';

/** How something is looked for in what there was, and is yet to come. */
export interface RecordQuery<T> {
  readonly matches: (record: T) => boolean;
  readonly timeoutMs: number;
  /** Says what did not come. */
  readonly describeFailure: (all: readonly T[]) => string;
}

/** What came, the latest of it, and those who wait for more. */
export class RecordList<T> {
  readonly #limit: number;
  readonly #watchers = new Set<(record: T) => void>();
  #records: T[] = [];
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  list(): readonly T[] {
    return this.#records.slice(-this.#limit);
  }

  add(record: T): void {
    this.#count += 1;
    this.#records.push(record);
    // Twice the limit is let in before it is cut, so that a record costs the same however many are kept.
    if (this.#records.length >= 2 * this.#limit) this.#records = this.#records.slice(-this.#limit);
    for (const watch of [...this.#watchers]) watch(record);
  }

  /** The first that matches, whether it came before or comes yet. @throws TimeoutError */
  waitFor({ matches, timeoutMs, describeFailure }: RecordQuery<T>): Promise<T> {
    const found = this.list().find(matches);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.cancel();
        this.#watchers.delete(watch);
        settle();
      };
      const watch = (record: T): void => {
        try {
          if (matches(record)) end(() => resolve(record));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const timer = new RealClock().setTimer(
        () => end(() => reject(new TimeoutError(describeFailure(this.list()), timeoutMs))),
        timeoutMs,
      );
      this.#watchers.add(watch);
    });
  }
}
