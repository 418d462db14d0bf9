import type { ChildProcess } from 'node:child_process';
import { until } from '../../core/until.js';
import { groupExists, sendSigkill } from '../../process/isolation/signal-group.js';
import { hasEnded, listPids, readGroup, readNetns } from '../../process/proc/processes.js';

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
      sendSigkill(this.#isLeader ? -this.#pid : this.#pid);
      if (this.#isLeader) this.#child.once('exit', () => this.#awaitOthers());
      else this.#child.once('exit', () => this.#finish());
    } else if (this.#hasOthers()) {
      sendSigkill(-this.#pid);
      this.#awaitOthers();
    } else this.#finish();
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether the group still has members here: once it is empty, its number may become another's. */
  #hasOthers(): boolean {
    if (!this.#isLeader || !groupExists(this.#pid)) return false;
    // A zombie is in no group any more.
    return listPids().some(
      (pid) => readGroup(pid) === this.#pid && !hasEnded(pid) && readNetns(pid) === this.#netnsInode,
    );
  }

  #awaitOthers(): void {
    const gone = until(() => !this.#hasOthers(), { description: `process group ${this.#pid} to end`, intervalMs: 1 });
    // One that cannot end is told by whoever waits for `ended`, with a deadline.
    gone.then(this.#finish, () => {});
  }
}
