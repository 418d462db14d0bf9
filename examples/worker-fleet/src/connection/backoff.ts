import type { Random } from '../clock.ts';

export interface BackoffOptions {
  /** At most so long after the first failure; after each further one twice as long as after the last. */
  readonly baseMs: number;
  /** But never longer than so. */
  readonly maxMs: number;
  readonly random: Random;
}

/**
 * How long to wait before the next attempt: anything from nothing to a limit that doubles with each failure ("full
 * jitter"). Many that have lost the same coordinator at the same moment come back spread over all of that time.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  next(): number {
    const { baseMs, maxMs, random } = this.#options;
    const limitMs = Math.min(maxMs, baseMs * 2 ** this.#failures);
    this.#failures += 1;
    return random.float() * limitMs;
  }

  /** After a success. */
  reset(): void {
    this.#failures = 0;
  }
}
