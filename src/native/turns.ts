/** Runs some things at a time, and others when those are over, in their order. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** What `start` makes; it is called when it is its turn. */
  async run<R>(start: () => Promise<R>): Promise<R> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await start();
    } finally {
      const next = this.#waiting.shift();
      // Who comes next has the place of who goes.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
