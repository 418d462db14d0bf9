import type { Isolation } from '../spawn-options.js';

/** What a program, and everything that it starts, is kept in. */
export interface Enclosure {
  readonly isolation: Isolation;
  /** The words before a command that finish what {@link run} has begun. */
  readonly prefix: readonly string[];
  /** What a synchronous function starts is in it. */
  run<R>(run: () => R): R;
  /** Takes the program that it is for; whatever else is in it was started by that. */
  adopt(pid: number): void;
  /** Everything in it that has not ended. */
  pids(): readonly number[];
  /** Kills everything in it, at once. Safe to call twice. */
  kill(): void;
  /** Resolves when everything that was in it when it was killed has ended. */
  readonly ended: Promise<void>;
}
