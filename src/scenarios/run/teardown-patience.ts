import type { Clock } from '../../core/clock.js';
import { TimeoutError } from '../../core/errors.js';
import { withLimit } from './with-limit.js';

/** How long one thing may take. */
const LIMIT_MS = 30_000;
/** How long all that hangs is waited for together. */
const HUNG_MS = 60_000;
/** How long one thing may take, once so long was waited for others. */
const LEAST_MS = 1000;

/** How long the end of each thing that a run owns is waited for: one that hangs keeps no other from being torn down. */
export class TeardownPatience {
  readonly #clock: Clock;
  /** How long was waited for what hung. */
  #hungMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Disposes of one thing. @throws TimeoutError, and whatever it throws */
  readonly disposeOne = async (dispose: () => unknown): Promise<void> => {
    const limitMs = Math.max(LEAST_MS, Math.min(LIMIT_MS, HUNG_MS - this.#hungMs));
    try {
      await withLimit('it', dispose, { clock: this.#clock, limitMs });
    } catch (error) {
      if (error instanceof TimeoutError) this.#hungMs += limitMs;
      throw error;
    }
  };
}
