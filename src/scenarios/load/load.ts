import type { Random } from '../../core/random.js';

/** One thing that a load begins. */
export interface Arrival {
  /** Counted from 0 over the whole load. */
  readonly id: number;
  /** When it has to begin, in milliseconds since the load began. Latency is counted from here. */
  readonly atMs: number;
  /** What kind it is, where the load mixes several: the name that was given to its share. */
  readonly kind: string | undefined;
}

/** What `perform` gets beside the arrival. */
export interface PerformContext {
  /** Aborted when the scenario gives up waiting for what is unfinished, and when it is called off. */
  readonly signal: AbortSignal;
}

/**
 * How the end of an arrival is told when it is begun by `send`: later, from wherever the answer comes in, by its id. The
 * functions may be called without their object, and only the first call of an id counts.
 */
export interface Outcomes {
  readonly succeed: (id: number) => void;
  readonly fail: (id: number, error: unknown) => void;
}

/** How a load does what it does: either one function that answers by a promise, or one that sends and is told of answers. */
export interface LoadWork {
  /** What messages and the report call it; unique in a scenario. @defaultValue `load` */
  readonly name?: string;
  /** Does one thing. It has succeeded when what this returns resolves, and failed when it throws or rejects. */
  readonly perform?: (arrival: Arrival, context: PerformContext) => unknown;
  /**
   * In place of `perform`, for many thousands a second: begins one thing without a promise. The end is told by
   * `outcomes.succeed(arrival.id)` or `outcomes.fail(arrival.id, error)`, at once or later.
   */
  readonly send?: (arrival: Arrival, outcomes: Outcomes) => void;
  /** With `send`: called after all arrivals of one moment, to send what was gathered in one write. */
  readonly flush?: () => void;
  /**
   * How many may be begun and not ended. What arrives beyond that waits, its latency counted from when it ought to have
   * begun, and is told in the result.
   *
   * @defaultValue 10000
   */
  readonly maxInFlight?: number;
  /**
   * How long answers are waited for when the schedule is over and everything is healed, in milliseconds. What has not
   * ended by then is `unfinished`.
   *
   * @defaultValue 5000
   */
  readonly drainMs?: number;
}

/** The next arrival of a shape. */
export interface ScheduledArrival {
  /** In milliseconds since the load began; never less than that of the arrival before. */
  readonly atMs: number;
  readonly kind?: string;
}

/** When things arrive: a pure function of its parameters and a seed. */
export interface LoadShape {
  /** In words: `steady, 200 a second for 30 s`. */
  readonly description: string;
  /** How long arrivals may come, in milliseconds since the load began. */
  readonly durationMs: number;
  /**
   * The arrivals in order, one at a time, so that a long load takes no memory; the same for the same `random`. A closed
   * load has none: it begins the next whenever one ends.
   */
  readonly arrivals?: (random: Random) => Iterable<ScheduledArrival>;
  /** For a load whose next arrival waits for an answer: how many are under way at once, and how many in all. */
  readonly closed?: { readonly inFlight: number; readonly count?: number };
}

/** A shape and the work that is done in it: what `steady`, `burst` and their like return. */
export interface Load {
  readonly shape: LoadShape;
  readonly work: LoadWork;
}
