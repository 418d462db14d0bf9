import type { TimedOperation } from './operation.js';

/** An object as it would be if there were one operation at a time. */
export interface SequentialModel<Operation extends TimedOperation, State> {
  readonly initial: State;
  /**
   * What the object is after an operation that ended as it is told; `undefined` when it cannot have ended so. Of one
   * that never returned, every end is possible.
   */
  readonly step: (state: State, operation: Operation) => State | undefined;
  /** Two states with the same key are the same. */
  readonly key: (state: State) => string;
  /** It leaves the object as it is, whenever it may have come. @defaultValue none does */
  readonly isPure?: (operation: Operation) => boolean;
  /** What the object is after it does not depend on what it was: of two in a row, nobody sees the first. @defaultValue none */
  readonly isBlind?: (operation: Operation) => boolean;
  /** Whatever the order is, the one comes before the other. @defaultValue nothing is known */
  readonly mustPrecede?: (one: Operation, other: Operation) => boolean;
}

/** How a search for a sequence ended. */
export type Linearization<State> =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'undecided' }
  /** Until `failedAt` returned there is no sequence; until just before there are, and they leave these states. */
  | { readonly kind: 'impossible'; readonly failedAt: number; readonly states: readonly State[] };

/** Where the search stands: all moments before this one are explained. */
interface Position<State> {
  readonly moment: number;
  /** Those that took effect and have not returned yet, in order of number. */
  readonly effective: readonly number[];
  /** Blind ones that wait, with another blind one since they were called: they may have come just before that, unseen. */
  readonly hideable: readonly number[];
  readonly state: State;
  /** The last that took effect is blind, and nothing has seen it. */
  readonly isUnseen: boolean;
}

/** So many states are told of, of those that an object can be in. */
const MOST_STATES = 8;

/**
 * Looks for an order of the operations in which each one's end is what it would have been had they come one after the
 * other, and in which none comes before one that had returned when it was called.
 *
 * An operation takes effect as late as it can: just before it returns, or before another that needs it (Lowe, "Testing
 * for linearizability", 2016; after Wing and Gong, 1993). The search goes depth first, and to no position twice. What
 * changes nothing takes effect as soon as it can, for that takes no other way away; and of blind operations only those
 * that something sees, for the others can be put before the next.
 *
 * @param limit - After so many positions it gives up.
 */
export function linearize<Operation extends TimedOperation, State>(
  history: readonly Operation[],
  model: SequentialModel<Operation, State>,
  limit: number,
): Linearization<State> {
  return new Search(history, model, limit).run();
}

class Search<Operation extends TimedOperation, State> {
  readonly #history: readonly Operation[];
  readonly #model: SequentialModel<Operation, State>;
  readonly #limit: number;
  readonly #moments: readonly Moment[];
  /** For each return, what is under way: that one last, for what is put last is looked at first. */
  readonly #open: readonly (readonly number[])[];
  readonly #seen = new Set<string>();
  readonly #stack: Position<State>[] = [];
  #furthest = -1;
  #statesThere = new Map<string, State>();

  constructor(history: readonly Operation[], model: SequentialModel<Operation, State>, limit: number) {
    this.#history = history;
    this.#model = model;
    this.#limit = limit;
    this.#moments = listMoments(history);
    this.#open = listOpen(this.#moments);
  }

  run(): Linearization<State> {
    const start = { moment: 0, effective: [], hideable: [], state: this.#model.initial, isUnseen: false };
    this.#stack.push(start);
    for (let top = this.#stack.pop(); top !== undefined; top = this.#stack.pop()) {
      const position = this.#advance(top);
      if (position.moment >= this.#moments.length) return { kind: 'linearizable' };
      if (!this.#isNew(position)) continue;
      if (this.#seen.size > this.#limit) return { kind: 'undecided' };
      this.#branch(position);
    }
    const failedAt = this.#moments[this.#furthest]?.operation ?? 0;
    return { kind: 'impossible', failedAt, states: [...this.#statesThere.values()] };
  }

  /** On to the next return of an operation that has not taken effect. */
  #advance(position: Position<State>): Position<State> {
    let { moment, effective, isUnseen } = position;
    const { hideable, state } = position;
    for (; moment < this.#moments.length; moment += 1) {
      const next = this.#moments[moment];
      if (next === undefined || next.isCall) continue;
      if (!effective.includes(next.operation)) {
        const absorbed = this.#absorb({ moment, effective, hideable, state, isUnseen });
        if (!absorbed.effective.includes(next.operation)) return absorbed;
        return this.#advance(absorbed);
      }
      effective = effective.filter((operation) => operation !== next.operation);
      // It had to be there, whether anything sees it or not.
      isUnseen = false;
    }
    return { moment, effective, hideable, state, isUnseen };
  }

  /** Everything takes effect that can, and never changes anything. */
  #absorb(position: Position<State>): Position<State> {
    const { moment, state, hideable } = position;
    let { effective, isUnseen } = position;
    for (const number of this.#open[moment] ?? []) {
      const operation = this.#history[number];
      if (operation === undefined || effective.includes(number) || this.#model.isPure?.(operation) !== true) continue;
      if (this.#model.step(state, operation) === undefined) continue;
      effective = insert(effective, number);
      isUnseen = false;
    }
    return { moment, effective, hideable, state, isUnseen };
  }

  /** Whether the search was never here. */
  #isNew({ moment, effective, hideable, state, isUnseen }: Position<State>): boolean {
    const stateKey = this.#model.key(state);
    if (moment > this.#furthest) {
      this.#furthest = moment;
      this.#statesThere = new Map();
    }
    if (moment === this.#furthest && this.#statesThere.size < MOST_STATES) this.#statesThere.set(stateKey, state);
    const key = `${moment} ${effective.join()} ${hideable.join()} ${isUnseen} ${stateKey}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** All ways on, to where the operation that returns here has taken effect or one more before it. */
  #branch({ moment, effective, hideable, state, isUnseen }: Position<State>): void {
    const { step, key } = this.#model;
    const returning = this.#moments[moment]?.operation ?? -1;
    const stateKey = key(state);
    const waiting = (this.#open[moment] ?? []).filter((number) => !effective.includes(number));
    if (hideable.includes(returning)) {
      const others = hideable.filter((number) => number !== returning);
      this.#stack.push({ moment, effective: insert(effective, returning), hideable: others, state, isUnseen });
    }
    const isAnySeeing = waiting.some((number) => !this.#isBlind(number));
    for (const number of waiting) {
      const operation = this.#history[number];
      const isBlind = this.#isBlind(number);
      // Nothing would see it before the one that returns.
      const isVain = isBlind && (isUnseen || (number !== returning && !isAnySeeing));
      if (operation === undefined || isVain || !this.#mayBeNext(operation, waiting)) continue;
      const next = step(state, operation);
      // What never returned and changes nothing need not have taken effect.
      if (next === undefined || (operation.returnedMs === undefined && key(next) === stateKey)) continue;
      const now = insert(effective, number);
      const hidden = isBlind ? this.#findHideable(moment, now) : hideable.filter((other) => other !== number);
      this.#stack.push({ moment, effective: now, hideable: hidden, state: next, isUnseen: isBlind });
    }
  }

  #mayBeNext(operation: Operation, waiting: readonly number[]): boolean {
    const { mustPrecede } = this.#model;
    if (mustPrecede === undefined) return true;
    return !waiting.some((number) => {
      const other = this.#history[number];
      return other !== undefined && other !== operation && mustPrecede(other, operation);
    });
  }

  #isBlind(number: number): boolean {
    const operation = this.#history[number];
    return operation !== undefined && this.#model.isBlind?.(operation) === true;
  }

  /** A blind one has just taken effect: all that are under way and have not may have come before it. */
  #findHideable(moment: number, effective: readonly number[]): readonly number[] {
    const returning = this.#moments[moment]?.operation;
    // The one that returns here comes last of all that take effect here: nothing of that can hide it.
    return (this.#open[moment] ?? [])
      .filter((number) => number !== returning && this.#isBlind(number) && !effective.includes(number))
      .sort((one, other) => one - other);
  }
}
/** In which order operations were called and returned; of two at the same time nobody knows, so that they overlap. */
interface Moment {
  readonly operation: number;
  readonly isCall: boolean;
  readonly atMs: number;
}

function listMoments(history: readonly TimedOperation[]): readonly Moment[] {
  const moments = history.flatMap(({ calledMs, returnedMs }, operation): Moment[] => {
    const call = { operation, isCall: true, atMs: calledMs };
    return returnedMs === undefined ? [call] : [call, { operation, isCall: false, atMs: returnedMs }];
  });
  return moments.sort((one, other) => one.atMs - other.atMs || Number(other.isCall) - Number(one.isCall));
}

/** For each return, what is under way: that one last, before it those that return soonest. */
function listOpen(moments: readonly Moment[]): readonly (readonly number[])[] {
  const returns = new Map(
    moments.flatMap(({ operation, isCall }, index) => (isCall ? [] : [[operation, index] as const])),
  );
  const returnOf = (operation: number): number => returns.get(operation) ?? Number.POSITIVE_INFINITY;
  const open = new Set<number>();
  return moments.map(({ operation, isCall }) => {
    if (isCall) {
      open.add(operation);
      return [];
    }
    const list = [...open].sort((one, other) => returnOf(other) - returnOf(one) || one - other);
    open.delete(operation);
    return list;
  });
}

function insert(list: readonly number[], added: number): readonly number[] {
  const place = list.findIndex((number) => number > added);
  return place < 0 ? [...list, added] : [...list.slice(0, place), added, ...list.slice(place)];
}
