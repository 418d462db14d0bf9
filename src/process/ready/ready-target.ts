import type { ProcessLogs } from '../logs/process-logs.js';
import type { ProcessExit } from '../process-exit.js';
import type { SpawnPlace } from '../spawn-options.js';

/** A program that was started, as a check of readiness sees it. */
export interface ReadyTarget {
  readonly pid: number;
  /** Everything of it that runs: itself, and what it has started. */
  pids(): readonly number[];
  /** The network namespace that it is in. */
  readonly place: SpawnPlace | undefined;
  /** What it wrote, in earlier runs too: its own begins after `firstLine` lines. */
  readonly logs: ProcessLogs;
  readonly firstLine: number;
  readonly exit: Promise<ProcessExit>;
}

/** A way to tell that a program is ready: made before it is started, for some need to be handed to it. */
export interface ReadyCheck {
  /** What is waited for, as the end of "waiting for …": `a line that matches /listening/`. */
  readonly description: string;
  /** What the program has to be given. @defaultValue nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors that the program gets, by the numbers that they have there. @defaultValue none */
  readonly descriptors?: readonly { readonly number: number; readonly fd: number }[];
  /** Resolves when the program is ready. It is raced against the program's end and a deadline, and told by the signal. */
  wait(target: ReadyTarget, signal: AbortSignal): Promise<void>;
  /** What was seen last, for the error of one that never comes. */
  lastSeen?(): string | undefined;
  /** Lets go of what was made for it. */
  close?(): void;
}
