import type { Clock } from '../../../core/clock.js';
import type { Measures } from '../measures.js';

/** What a source has to work with. */
export interface SourceContext {
  readonly measures: Measures;
  /** Of the run: what a source times, it times by this. */
  readonly clock: Clock;
  /**
   * Tells of something that is wrong with the source; the run goes on.
   *
   * @param kind - What is told once, with how often it was: `timeout`.
   * @param message - A sentence that begins in the middle: `did not answer in 1000 ms`.
   */
  readonly problem: (kind: string, message: string) => void;
}

/** A source that is being followed. */
export interface FollowedSource {
  /**
   * Looks once, where the source does not tell by itself; called again and again, and a last time at the end. What it
   * throws is a problem.
   *
   * @param signal - Aborted when nobody waits for the answer any more.
   */
  readonly poll?: (signal: AbortSignal) => Promise<void> | void;
  /** Follows it no more; called once. */
  readonly end?: () => void;
}

/** Where figures come from during a run: a log, a worker, an endpoint. */
export interface MeasureSource {
  /** Whom problems are about: `http://127.0.0.1:9100/metrics`. */
  readonly name: string;
  /** How often it is looked at, in milliseconds of the run's clock. @defaultValue 1000 */
  readonly intervalMs?: number;
  /** How long one look may take, in milliseconds of the run's clock. @defaultValue 2000 */
  readonly timeoutMs?: number;
  /**
   * It may be out of reach for a while, such as when its process is killed on purpose: a look that fails or takes too
   * long is then no problem, as long as one succeeds.
   *
   * @defaultValue false
   */
  readonly mayBeAway?: boolean;
  /** Begins to follow it; called once in each run. */
  readonly begin: (context: SourceContext) => FollowedSource;
}

/** How a source is looked at. */
export interface PollOptions {
  /** How often, in milliseconds of the run's clock. @defaultValue 1000 */
  readonly intervalMs?: number;
  /** How long one look may take, in milliseconds of the run's clock. @defaultValue 2000 */
  readonly timeoutMs?: number;
  /**
   * It may be out of reach for a while, such as when its process is killed on purpose: a look that fails or takes too
   * long is then no problem, as long as one succeeds.
   *
   * @defaultValue false
   */
  readonly mayBeAway?: boolean;
}
