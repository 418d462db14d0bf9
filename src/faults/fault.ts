import type { ErrnoName } from '../core/errno.js';
import type { FaultCall, FaultPoint } from './points.js';

/** What a failed call fails with: an error, the name of an error of Linux, or a function that makes one from the call. */
export type FaultError<Call = object> = ErrnoName | Error | ((call: Call) => Error);

/** Which calls a fault is for: fields that must be equal (lists: one of), or a predicate. */
export type FaultFilter<Call> =
  | { readonly [K in keyof Call]?: Call[K] | readonly Call[K][] }
  | ((call: Call) => boolean);

/** On which of the matching calls a fault fires; at most one of these. Nothing given means on every one. */
export interface FaultOccurrence {
  /** Only the first matching call. */
  readonly once?: true;
  /** The first `times` matching calls. */
  readonly times?: number;
  /** The `nth` matching call only, counted from 1. */
  readonly nth?: number;
  /** The `from`th matching call and every later one: a failure that lasts. */
  readonly from?: number;
  /** Each matching call with this probability, 0 to 1, from the plan's seed. */
  readonly probability?: number;
}

/** What a fault does; exactly one of these, or `delayMs` alone or beside one of them. */
export interface FaultEffect<Call> {
  /** Fail, and nothing has happened. */
  readonly before?: FaultError<Call>;
  /** Let it happen, then report failure: done, yet reported as failed. */
  readonly after?: FaultError<Call>;
  /** Report this result, and nothing has happened: a call that lies. */
  readonly instead?: (call: Call) => unknown;
  /** The program under test dies before or after the call takes effect; nothing it does afterwards has an effect. */
  readonly crash?: 'before' | 'after';
  /** Milliseconds on the plan's clock before the call goes on. */
  readonly delayMs?: number;
}

/** A fault to arm: which calls × on which of them × with what effect. */
export interface FaultOptions<P extends FaultPoint = FaultPoint> extends FaultOccurrence, FaultEffect<FaultCall<P>> {
  readonly where?: FaultFilter<FaultCall<P>>;
  /** Whether the fault may stay unfired without failing the test. @defaultValue false */
  readonly optional?: boolean;
  /** A name for messages. @defaultValue made from the options */
  readonly label?: string;
}
