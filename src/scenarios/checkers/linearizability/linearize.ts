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
}

/** How a search for a sequence ended. */
export type Linearization<State> =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'undecided'; readonly states: number }
  /** Until `failedAt` returned there is no sequence; until just before there are, and they leave these states. */
  | { readonly kind: 'impossible'; readonly failedAt: number; readonly states: readonly State[] };

/** In which order operations were called and returned; of two at the same time nobody knows, so that they overlap. */
interface Moment {
  readonly operation: number;
  readonly isCall: boolean;
  readonly atMs: number;
}

/** Where the search stands: all moments before this one are explained. */
interface Position<State> {
  readonly moment: number;
  /** Those that took effect and have not returned yet, in order of number. */
  readonly effective: readonly number[];
  readonly state: State;
}

/** So many states are told of, of those that an object can be in. */
const MOST_STATES = 8;

/**
 * Looks for an order of the operations in which each one's end is what it would have been had they come one after the
 * other, and in which none comes before one that had returned when it was called. An operation takes effect no earlier
 * than it has to: just before it returns, or before another that needs it (Lowe, "Testing for linearizability", 2016;
 * after Wing and Gong, 1993). Depth first, and no position twice.
 *
 * @param limit - After so many positions it gives up.
 */
export function linearize<Operation extends TimedOperation, State>(
  history: readonly Operation[],
  model: SequentialModel<Operation, State>,
  limit: number,
): Linearization<State> {
  const moments = listMoments(history);
  const open = listOpen(moments);
  const seen = new Set<string>();
  const stack: Position<State>[] = [{ moment: 0, effective: [], state: model.initial }];
  let furthest = -1;
  let statesThere = new Map<string, State>();
  for (;;) {
    const top = stack.pop();
    if (top === undefined) break;
    const position = advance(top, moments);
    const returning = moments[position.moment]?.operation;
    if (returning === undefined) return { kind: 'linearizable' };
    const { moment, effective, state } = position;
    const stateKey = model.key(state);
    const key = `${moment} ${effective.join(',')} ${stateKey}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > limit) return { kind: 'undecided', states: limit };
    if (moment > furthest) {
      furthest = moment;
      statesThere = new Map();
    }
    if (moment === furthest && effective.length === 0 && statesThere.size < MOST_STATES)
      statesThere.set(stateKey, state);
    // The one that returns is put last, for what is last is looked at first.
    for (const operation of open[moment] ?? []) {
      if (effective.includes(operation)) continue;
      const done = history[operation];
      const next = done === undefined ? undefined : model.step(state, done);
      if (next !== undefined) stack.push({ moment, effective: insert(effective, operation), state: next });
    }
  }
  return { kind: 'impossible', failedAt: moments[furthest]?.operation ?? 0, states: [...statesThere.values()] };
}

/** On to the next return of an operation that has not taken effect. */
function advance<State>(position: Position<State>, moments: readonly Moment[]): Position<State> {
  let { moment, effective } = position;
  for (; moment < moments.length; moment += 1) {
    const next = moments[moment];
    if (next === undefined || next.isCall) continue;
    if (!effective.includes(next.operation)) break;
    effective = effective.filter((operation) => operation !== next.operation);
  }
  return { moment, effective, state: position.state };
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
