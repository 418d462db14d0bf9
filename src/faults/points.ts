import type { KernelFaultPoints } from '../kernel/points.js';

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
export interface FaultPoints extends KernelFaultPoints {}

/** The name of a point. */
export type FaultPoint = keyof FaultPoints & string;

/** What a call at a point tells of itself. */
export type FaultCall<P extends FaultPoint = FaultPoint> = FaultPoints[P];
