interface Held {
  readonly value: unknown;
}

interface Subject {
  /** Settles when all that was begun so far has ended; never rejects. */
  last: Promise<unknown>;
  readonly aspects: Map<string, Held[]>;
}

/**
 * What the disruptions of one run do to the same things: damage that overlaps is one damage, whole again when the last
 * of it ends, and nothing is done to one thing by two at a time.
 */
export class Holds {
  readonly #subjects = new Map<object | string, Subject>();

  /** Does something to a subject when nothing else is being done to it. */
  async inTurn<T>(subject: object | string, action: () => T | Promise<T>): Promise<T> {
    const state = this.#find(subject);
    const turn = state.last.then(action);
    state.last = turn.catch(() => {});
    return turn;
  }

  /**
   * Adds damage to a subject. When that fails, what the others ask for is in effect again.
   *
   * @returns takes it away again
   */
  async hold<Value>(
    subject: object | string,
    aspect: string,
    value: Value,
    apply: (held: readonly Value[]) => void | Promise<void>,
  ): Promise<() => Promise<void>> {
    const all = this.#findAspect(subject, aspect);
    const own: Held = { value };
    // What is held under one aspect of one thing is of one type: the same function put it there.
    const applyAll = (): void | Promise<void> => apply(all.map((each) => each.value as Value));
    const remove = async (): Promise<void> => {
      all.splice(all.indexOf(own), 1);
      await applyAll();
    };
    await this.inTurn(subject, async () => {
      all.push(own);
      try {
        await applyAll();
      } catch (error) {
        // It may have been done in part. Why it failed is what counts.
        await remove().catch(() => {});
        throw error;
      }
    });
    return () => this.inTurn(subject, remove);
  }

  #findAspect(subject: object | string, aspect: string): Held[] {
    const { aspects } = this.#find(subject);
    const known = aspects.get(aspect);
    if (known !== undefined) return known;
    const made: Held[] = [];
    aspects.set(aspect, made);
    return made;
  }

  #find(subject: object | string): Subject {
    const known = this.#subjects.get(subject);
    if (known !== undefined) return known;
    const made: Subject = { last: Promise.resolve(), aspects: new Map() };
    this.#subjects.set(subject, made);
    return made;
  }
}
