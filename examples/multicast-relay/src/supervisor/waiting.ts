/** Waits for things that change when somebody reports. */
export class Waiting {
  readonly #waiters = new Set<() => void>();

  #isOver = false;

  /** Something has changed. */
  look(): void {
    for (const waiter of this.#waiters) waiter();
  }

  /** Nothing will change any more: whoever waits is told, and whoever comes. */
  end(): void {
    this.#isOver = true;
    this.look();
  }

  /** Resolves with whether it came true in time. */
  until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (outcome: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(outcome);
      };
      const waiter = (): void => {
        if (isTrue()) finish(true);
        else if (this.#isOver) finish(false);
      };
      const timer = setTimeout(() => finish(isTrue()), timeoutMs);
      this.#waiters.add(waiter);
      waiter();
    });
  }
}
