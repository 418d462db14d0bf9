import type { Clock } from '../../core/clock.js';
import { quote, UsageError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';

/** Takes back what was done. It is called once. */
export type Undo = () => void | Promise<void>;

// biome-ignore lint/suspicious/noConfusingVoidType: one that cannot be taken back has no return
type Begun = Undo | void;

/** What a disruption is given when it begins. */
export interface DisruptionContext {
  /** The scenario's. */
  readonly clock: Clock;
  /** Draws that depend on the seed, the schedule and the number of the occasion alone. */
  readonly random: Random;
  /** Aborted when it must end: what `begin` still waits for is no longer wanted. */
  readonly signal: AbortSignal;
  /** Whether the scenario was called off: what is about to be torn down need not be made good. */
  readonly isCalledOff: boolean;
  /** Says in the record what came of it: `3 connections`. */
  describe(details: string): void;
  /**
   * Keeps what takes a step back as soon as the step is done. Everything kept is called in reverse order when the
   * disruption ends, and when `begin` throws half-way.
   */
  defer(undo: Undo): void;
  /**
   * Damage that several disruptions may do to one thing at the same time. `apply` is called with what all of them ask
   * for, oldest first: when this one begins, and when it ends; the last leaves an empty list, and the thing is whole.
   * Calls for one `subject` come one after the other.
   *
   * @param subject - What is damaged: a link, a process, a path.
   * @param aspect - What of it: `down`, `suspended`. Those of other aspects are left alone.
   */
  hold<Value>(
    subject: object | string,
    aspect: string,
    value: Value,
    apply: (held: readonly Value[]) => void | Promise<void>,
  ): Promise<void>;
  /** Does something to `subject` while nothing else that goes through `hold` or `inTurn` is being done to it. */
  inTurn<T>(subject: object | string, action: () => T | Promise<T>): Promise<T>;
}

/**
 * Something that goes wrong on purpose: one of `linkDown`, `kill` and so on, or a test's own.
 *
 * @example
 * ```ts
 * const slowDisk: Disruption = {
 *   kind: 'slow disk',
 *   target: 'worker-1',
 *   begin: async () => {
 *     await worker.call('slowDown', 50);
 *     return () => worker.call('slowDown', 0);
 *   },
 * };
 * ```
 */
export interface Disruption {
  /** `link down`: disruptions of one kind look the same in a report. */
  readonly kind: string;
  /** What is hit: `worker-3`. */
  readonly target: string;
  /**
   * What is hit itself, where `target` is no name that a test gave: if an actor of the scenario has this process, its name
   * is the target.
   */
  readonly subject?: object;
  /** In words: `20 ms more, 5 % lost`. */
  readonly details?: string;
  /**
   * How long it lasts where its schedule does not say, in milliseconds. `none`: it is over as soon as it is done, such
   * as a kill, and a schedule must not say.
   *
   * @defaultValue to the end of the scenario
   */
  readonly lasts?: number | 'none';
  /**
   * Does it, and is in effect when this resolves. What it returns takes it back, as what was given to
   * {@link DisruptionContext.defer} does.
   */
  begin(context: DisruptionContext): Begun | Promise<Begun>;
}

/** What a schedule begins: one disruption, several at once, or a choice made anew for each occasion. */
export type Disrupt = Disruption | readonly Disruption[] | ((random: Random) => Disruption | readonly Disruption[]);

/** What is wrong with something that should be a disruption. */
export function findDisruptionMistakes(name: string, value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null)
    return [`${name} must be a disruption, such as linkDown(link); received ${quote(value)}`];
  const { kind, target, begin, lasts }: { [K in keyof Disruption]?: unknown } = value;
  const mistakes = Object.entries({ kind, target })
    .filter(([, text]) => typeof text !== 'string' || text === '')
    .map(([field, text]) => `${name}.${field} must be a string that is not empty; received ${quote(text)}`);
  if (typeof begin !== 'function') mistakes.push(`${name}.begin must be a function; received ${quote(begin)}`);
  const isSpan = typeof lasts === 'number' && Number.isFinite(lasts) && lasts >= 0;
  if (lasts !== undefined && lasts !== 'none' && !isSpan)
    mistakes.push(`${name}.lasts must be "none" or milliseconds, 0 or more; received ${quote(lasts)}`);
  return mistakes;
}

/** The disruptions of one occasion. @throws UsageError when a choice gave something else */
export function listDisruptions(disrupt: Disrupt, random: Random): readonly Disruption[] {
  const chosen = typeof disrupt === 'function' ? disrupt(random) : disrupt;
  const list: readonly Disruption[] = isList(chosen) ? chosen : [chosen];
  const mistakes = list.flatMap((each, index) => findDisruptionMistakes(isList(chosen) ? `[${index}]` : 'it', each));
  if (mistakes.length > 0) throw new UsageError('what disrupt returned', mistakes);
  return list;
}

function isList(value: Disruption | readonly Disruption[]): value is readonly Disruption[] {
  return Array.isArray(value);
}
