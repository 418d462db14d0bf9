import type { ReadyTarget } from './ready-target.js';

/** When a program counts as ready. */
export type ReadySpec = ReadyLog | ((target: ReadyTarget, signal: AbortSignal) => Promise<unknown>);

/** A line that it writes: one with this text in it, or one that matches. */
export interface ReadyLog {
  readonly log: string | RegExp;
}
