import type { FaultError } from './fault.js';
import type { FaultPlan } from './plan.js';
import type { FaultPoint, FaultPoints } from './points.js';

type Method = (...args: never[]) => unknown;

/** The names of an object's methods. */
export type MethodName<T> = { [K in keyof T]-?: NonNullable<T[K]> extends Method ? K : never }[keyof T] & string;

type ArgumentsOf<F> = NonNullable<F> extends (...args: infer A) => unknown ? A : never;

/** What a call of an instrumented method tells of itself, unless `describe` says otherwise. */
export interface MethodCall<Args extends readonly unknown[] = readonly unknown[]> {
  /** The first argument when it is a string, or the first argument's `name` or `id`; otherwise the method's name. */
  readonly name: string;
  readonly args: Readonly<Args>;
}

/**
 * The points that `instrument` makes of an object's methods, to declare them in one line. The third argument holds the
 * calls of those methods that `describe` describes.
 *
 * @example
 * ```ts
 * declare module 'glovebox' {
 *   interface FaultPoints extends PointsOf<'store', ProgramStore> {}
 * }
 * ```
 */
export type PointsOf<
  Prefix extends string,
  T,
  Calls extends { readonly [M in MethodName<T>]?: object } = Record<never, never>,
> = {
  [M in MethodName<T> as `${Prefix}.${M}`]: M extends keyof Calls ? Calls[M] : MethodCall<ArgumentsOf<T[M]>>;
};

/** What a point's calls tell of themselves, as far as the point is declared. */
type DeclaredCall<Name extends string> = Name extends FaultPoint ? FaultPoints[Name] : object;

/** How an object is instrumented. */
export interface InstrumentOptions<T extends object, Prefix extends string = string> {
  /** The plan whose points the methods become. */
  readonly faults: FaultPlan;
  /** The first part of the points' names: `store` makes the method `save` the point `store.save`. */
  readonly point: Prefix;
  /** Which methods become points. @defaultValue every method, own and inherited */
  readonly methods?: readonly MethodName<T>[];
  /** What the calls of a method tell of themselves. @defaultValue a {@link MethodCall} */
  readonly describe?: {
    readonly [M in MethodName<T>]?: (...args: ArgumentsOf<T[M]>) => DeclaredCall<`${Prefix}.${M}`>;
  };
  /** The errors that a method plausibly fails with, most telling first; exploration tries them. */
  readonly errors?: { readonly [M in MethodName<T>]?: readonly FaultError[] };
  /** The methods that change nothing. */
  readonly reads?: readonly MethodName<T>[];
  /**
   * `'promise'`: every method returns promises, so that faults reject and never throw; a list: these methods do. Async
   * functions and methods that have returned a promise before are known without it.
   */
  readonly returns?: 'promise' | readonly MethodName<T>[];
}
