import type { ErrnoName } from '../core/errno.js';
import type { FaultCall, FaultPoint } from './points.js';

/** What a failed call fails with: an error, the name of an error of Linux, or a function that makes one from the call. */
export type FaultError<Call = object> = ErrnoName | Error | ((call: Call) => Error);

/**
 * What a field of a filter may be: the value that the call's field must equal, or a list of which it must equal one.
 * A field that is a list itself must be equal element by element.
 */
export type FaultFieldPattern<Value> = [NonNullable<Value>] extends [readonly unknown[]]
  ? Value
  : Value | readonly Value[];

/** Which calls a fault is for: fields that must be equal (lists: one of), or a predicate. */
export type FaultFilter<Call> = { readonly [K in keyof Call]?: FaultFieldPattern<Call[K]> } | ((call: Call) => boolean);

/** The fields by which a fault says on which of the matching calls it fires. */
export interface FaultOccurrenceFields {
  /** Only the first matching call. */
  readonly once: true;
  /** The first `times` matching calls. */
  readonly times: number;
  /** The `nth` matching call only, counted from 1 since the fault was armed. */
  readonly nth: number;
  /** The `from`th matching call and every later one: a failure that lasts. */
  readonly from: number;
  /** Each matching call with this probability, 0 to 1, from the plan's seed. */
  readonly probability: number;
}

/** The fields by which a fault says what it does, besides a delay. */
export interface FaultEffectFields<Call> {
  /** Fail, and nothing has happened. */
  readonly before: FaultError<Call>;
  /**
   * Let it happen, then report failure: done, yet reported as failed. When the call itself fails, its own error is
   * reported and the fault has not fired: nothing was done that could be denied.
   */
  readonly after: FaultError<Call>;
  /** Report this result, and nothing has happened: a call that lies. It must be of the type that the call returns. */
  readonly instead: (call: Call) => unknown;
  /** The program under test dies before or after the call takes effect; nothing it does afterwards has an effect. */
  readonly crash: 'before' | 'after';
}

/** One of the fields, and none of the others. */
type OneOf<Fields> = {
  [K in keyof Fields]: { readonly [Only in K]: Fields[Only] } & {
    readonly [Other in Exclude<keyof Fields, K>]?: never;
  };
}[keyof Fields];

/** None of the fields. */
type NoneOf<Fields> = { readonly [K in keyof Fields]?: never };

/** On which of the matching calls a fault fires; at most one of these. Nothing given means on every one. */
export type FaultOccurrence = OneOf<FaultOccurrenceFields> | NoneOf<FaultOccurrenceFields>;

/** What a fault does; exactly one of these, or `delayMs` alone or beside one of them. */
export type FaultEffect<Call> =
  | (OneOf<FaultEffectFields<Call>> & { readonly delayMs?: number })
  | (NoneOf<FaultEffectFields<Call>> & {
      /** Milliseconds on the plan's clock before the call goes on. Delays of several faults add up. */
      readonly delayMs: number;
    });

/** What a fault has beside its occurrence and its effect. */
export interface FaultTarget<Call> {
  /** Which calls the fault is for. @defaultValue every call at the point */
  readonly where?: FaultFilter<Call>;
  /** Whether the fault may stay unfired without failing the test. @defaultValue false */
  readonly optional?: boolean;
  /** A name for messages. @defaultValue made from the options */
  readonly label?: string;
}

/** A fault to arm: which calls × on which of them × with what effect. */
export type FaultOptions<P extends FaultPoint = FaultPoint> = FaultTarget<FaultCall<P>> &
  FaultOccurrence &
  FaultEffect<FaultCall<P>>;

/** A fault that was armed on a plan. Its counts stay readable when it has been taken back. */
export interface Fault extends Disposable {
  /** The point it was armed on. */
  readonly point: FaultPoint;
  /** What messages call it. */
  readonly label: string;
  /** Whether it may stay unfired. */
  readonly optional: boolean;
  /** Whether it can still fire: it was not taken back. */
  readonly armed: boolean;
  /** How many calls matched its filter since it was armed, also those at which another fault fired. */
  readonly matched: number;
  /** How often it took effect. */
  readonly fired: number;
  /** The `sequence` of the operations at which it took effect; of a fault that fires very often, the first 1,000. */
  readonly firedAt: readonly number[];
  /**
   * Takes the fault back; safe to call twice. Its counts stay, and if it has not fired, it is reported as unfired all
   * the same: taking back is no way to hide that a test missed its point. Make it `optional` for that.
   */
  remove(): void;
}
