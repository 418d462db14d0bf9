import { quote } from '../../core/errors.js';

/** More different messages than this are counted together: those that hold a number each would else fill the memory. */
const MOST_MESSAGES = 1000;
const MOST_TOLD = 10;
const OTHERS = 'others';

/** Counts failures by their message. */
export class FailureTally {
  readonly #counts = new Map<string, number>();

  add(error: unknown): void {
    const message = describeError(error);
    const known = this.#counts.get(message);
    const key = known === undefined && this.#counts.size >= MOST_MESSAGES ? OTHERS : message;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** The most common ones, most common first. */
  list(): readonly { readonly message: string; readonly count: number }[] {
    return [...this.#counts]
      .map(([message, count]) => ({ message, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, MOST_TOLD);
  }
}

/** In words, on one line: an error's message, or the value that was thrown in its place. */
export function describeError(error: unknown): string {
  try {
    if (!(error instanceof Error)) return quote(error);
    return error.message === '' ? error.name : error.message;
  } catch {
    // Whatever was thrown may throw when it is read.
    return 'an error that cannot be read';
  }
}
