import type { Isolation } from '../spawn-options.js';
import type { Cgroup } from './cgroup.js';

/** What a program, and everything that it starts, is kept in. */
export interface Enclosure {
  readonly isolation: Isolation;
  /** The words before a command that finish what {@link run} has begun, for a program that starts in a folder. */
  prefix(cwd: string): readonly string[];
  /** What a synchronous function starts is in it. */
  run<R>(run: () => R): R;
  /**
   * Takes what was started for it, by its number; tells that of the program, which may be a child of that. Whatever else
   * is in it was started by the program.
   */
  adopt(pid: number): number | Promise<number>;
  /** A control group of version 2 that all of it is in. */
  readonly cgroup?: Cgroup;
  /** Everything in it that has not ended. */
  pids(): readonly number[];
  /** Resolves when what stands between this process and the program has seen that it was stopped, or goes on. */
  settle?(isStopped: boolean): Promise<void>;
  /** Is told once the program has been reaped: its number may be another's from now on. */
  release?(): void;
  /** How many processes it was refused, for there were as many as there may be; where that can be told. */
  countRefusals?(): number;
  /** Kills everything in it, at once. Safe to call twice. */
  kill(): void;
  /** Resolves when everything that was in it when it was killed has ended. */
  readonly ended: Promise<void>;
}
