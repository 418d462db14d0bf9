import type { Belongings } from './belongings.js';
import type { HostTable } from './sockets/host-table.js';

/** What a namespace lends to the functions that make something in it. */
export interface Inside {
  /** Runs a synchronous function in the namespace. */
  run<R>(run: () => R): R;
  /** Owns what was made. */
  readonly belongings: Belongings;
  /** The names that are known there. */
  readonly hosts: HostTable | undefined;
  /** Sees to it, before a process is started there, that it does not outlive this one. */
  guard(): void;
  /** What identifies the namespace on this machine. */
  readonly inode: number;
}
