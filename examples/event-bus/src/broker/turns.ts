/** One of a group, as far as taking turns goes. */
export interface Taker {
  readonly hasRoom: boolean;
  /** It has work and does not get on with it: nobody waits for it. */
  readonly isStuck: boolean;
}

/** Decides who of a group is next. */
export interface Turns<T extends Taker> {
  add(member: T): void;
  delete(member: T): void;
  /** `undefined` when nobody has room, or when those who have are to wait for others. */
  next(): T | undefined;
}

const LEAD = 96;

/**
 * Members in turn: the next is the one that had the fewest turns, in the order in which they came.
 *
 * When that one has no room the others go on, until they are ahead of it by so many turns: then they wait for it, so that
 * shares stay equal. One that is stuck is not waited for, and what it missed meanwhile is not made up for; nor is what was
 * before somebody came.
 */
export class FairTurns<T extends Taker> implements Turns<T> {
  readonly #lead: number;
  readonly #turns = new Map<T, number>();

  constructor(lead = LEAD) {
    this.#lead = lead;
  }

  add(member: T): void {
    this.#turns.set(member, this.#turns.size === 0 ? 0 : Math.min(...this.#turns.values()));
  }

  delete(member: T): void {
    this.#turns.delete(member);
  }

  next(): T | undefined {
    let next: T | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [member, turns] of this.#turns) {
      if (turns >= fewest || !member.hasRoom) continue;
      next = member;
      fewest = turns;
    }
    if (next === undefined) return undefined;
    for (const [member, turns] of this.#turns) {
      if (turns > fewest - this.#lead) continue;
      if (!member.isStuck) return undefined;
      this.#turns.set(member, fewest - this.#lead + 1);
    }
    this.#turns.set(next, fewest + 1);
    return next;
  }
}
