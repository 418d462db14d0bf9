import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../core/kernel-error.js';
import { until } from '../../core/until.js';

/** A child and what it has started in its process group. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #pid: number;
  readonly #netnsInode: number;
  readonly #isLeader: boolean;
  #finish: () => void = () => {};
  /** Resolves when the child and everyone in its group have ended. */
  readonly ended: Promise<void>;

  /** @param isLeader - Whether the child leads a group of its own; else it alone is meant. */
  constructor(child: ChildProcess, pid: number, isLeader: boolean, netnsInode: number) {
    this.#child = child;
    this.#pid = pid;
    this.#netnsInode = netnsInode;
    this.#isLeader = isLeader;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    child.once('exit', () => {
      // What the child leaves behind in its group lives on until it is killed.
      if (!this.#hasOthers()) this.#finish();
    });
  }

  /** Kills all of them (SIGKILL), at once. */
  kill(): void {
    if (this.#isRunning) {
      signal(this.#isLeader ? -this.#pid : this.#pid);
      if (this.#isLeader) this.#child.once('exit', () => this.#awaitOthers());
      else this.#child.once('exit', () => this.#finish());
    } else if (this.#hasOthers()) {
      signal(-this.#pid);
      this.#awaitOthers();
    } else this.#finish();
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether the group still has members here: once it is empty, its number may become another's. */
  #hasOthers(): boolean {
    if (!this.#isLeader || !exists(-this.#pid)) return false;
    return readdirSync('/proc').some(
      (name) => /^\d+$/.test(name) && readGroup(name) === this.#pid && readNetns(name) === this.#netnsInode,
    );
  }

  #awaitOthers(): void {
    const gone = until(() => !this.#hasOthers(), { description: `process group ${this.#pid} to end`, intervalMs: 1 });
    // One that cannot end is told by whoever waits for `ended`, with a deadline.
    gone.then(this.#finish, () => {});
  }
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** The process group of a process that runs; a zombie is in none any more. */
function readGroup(pid: string): number | undefined {
  try {
    // The name, in parentheses, may hold anything: proc_pid_stat(5).
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}

function readNetns(pid: string): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
}
