import { quote } from '../../core/errors.js';
import type { ScheduledArrival } from './load.js';

/** What lies nearer together than timers are exact is one moment, in milliseconds. */
const MOMENT_MS = 1;

/** The next arrival of a schedule, and when it is due. */
export class Upcoming {
  readonly #arrivals: Iterator<ScheduledArrival>;
  #next: ScheduledArrival | undefined;
  #dueMs = -MOMENT_MS;

  constructor(arrivals: Iterable<ScheduledArrival>) {
    this.#arrivals = arrivals[Symbol.iterator]();
  }

  /** `undefined` at the end, and before the first `advance`. */
  get next(): ScheduledArrival | undefined {
    return this.#next;
  }

  /**
   * When it begins, in milliseconds since the load began: at its own time, or together with those that come less than a
   * millisecond later. It depends on the schedule alone.
   */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** @throws TypeError for an arrival without a time; there is no next then */
  advance(): void {
    this.#next = undefined;
    const { done, value } = this.#arrivals.next();
    if (done === true) return;
    const atMs: unknown = value?.atMs;
    if (typeof atMs !== 'number' || !Number.isFinite(atMs))
      throw new TypeError(`an arrival's atMs must be a finite number of milliseconds; received ${quote(atMs)}`);
    if (atMs > this.#dueMs) this.#dueMs = Math.max(atMs, this.#dueMs + MOMENT_MS);
    this.#next = value;
  }

  /** How many are left, with the next one; of a schedule without end, `most`. */
  countRest(most: number): number {
    let count = this.#next === undefined ? 0 : 1;
    while (count < most && this.#next !== undefined && this.#arrivals.next().done !== true) count += 1;
    this.#next = undefined;
    return count;
  }
}
