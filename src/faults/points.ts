import type { KernelFaultPoints } from '../kernel/points.js';
import type { WireFaultPoints } from '../netns/wire/points.js';
import type { ProcessFaultPoints } from '../process/points.js';
import type { FaultError } from './fault.js';

/**
 * Every point at which a fault can be injected, with the facts that a call there tells of itself: the fields that a
 * fault's `where` may name. Add points of your own by declaration merging:
 *
 * @example
 * ```ts
 * declare module 'glovebox' {
 *   interface FaultPoints {
 *     'cache.flush': { readonly key: string };
 *   }
 * }
 * ```
 */
export interface FaultPoints extends KernelFaultPoints, WireFaultPoints, ProcessFaultPoints {}

/** The name of a point. */
export type FaultPoint = keyof FaultPoints & string;

/** What a call at a point tells of itself. */
export type FaultCall<P extends FaultPoint = FaultPoint> = FaultPoints[P];

/** What a plan is told of a point beside its name. */
export interface PointDescriptor {
  /** The errors that calls there plausibly fail with, most telling first; exploration tries them. */
  readonly errors?: readonly FaultError[];
  /** Whether calls there change nothing. @defaultValue false */
  readonly read?: boolean;
  /** The fields that calls there have, where that is certain: filters by other fields are refused. */
  readonly fields?: readonly string[];
  /** What an error made from an errno name says failed. @defaultValue the point's name */
  readonly syscall?: string;
}
