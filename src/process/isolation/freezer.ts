import { until } from '../../core/until.js';
import { hasEnded, readState } from '../proc/processes.js';
import { readUnifiedGroup } from '../proc/unified-cgroup.js';
import { Cgroup } from './cgroup.js';
import { findUnifiedParents } from './cgroup-parents.js';
import { signalProcess } from './signal-process.js';

/** Stopped, or in a call that cannot be interrupted: vfork(2) waits so for a child that was stopped before it ran. */
const STOPPED = 'TtD';
const PAUSE_MS = 0.2;

/**
 * Stops a program with all that it has started, and lets it go on: by the freezer of control groups, which the program
 * cannot see and nobody can undo by SIGCONT, where one can be made; else by SIGSTOP to each.
 */
export class Freezer {
  readonly #pids: () => readonly number[];
  readonly #given: Cgroup | undefined;
  #made: Cgroup | undefined;
  #frozen: Cgroup | undefined;

  /**
   * @param pids - All that is to stop.
   * @param given - A group of version 2 that all of it is in already.
   */
  constructor(pids: () => readonly number[], given: Cgroup | undefined) {
    this.#pids = pids;
    this.#given = given;
  }

  /** In effect when it resolves. @returns whether it was done by signals, which others see @throws TimeoutError */
  async freeze(description: string): Promise<{ readonly bySignals: boolean }> {
    const group = this.#given ?? this.#gather();
    if (group === undefined) {
      await this.#stopEach(description);
      return { bySignals: true };
    }
    this.#frozen = group;
    group.setFrozen(true);
    await group.whenFrozen(true);
    // What was just started by one that was not in there yet is found by another look.
    await until(() => this.#addAll(group), { description, intervalMs: PAUSE_MS });
    await group.whenFrozen(true);
    return { bySignals: false };
  }

  /** In effect when it resolves. */
  async thaw(): Promise<{ readonly bySignals: boolean }> {
    const group = this.#frozen;
    this.#frozen = undefined;
    group?.setFrozen(false);
    await group?.whenFrozen(false);
    // What was sent SIGSTOP, by whomever, goes on, too.
    const stopped = this.#pids().filter((pid) => group === undefined || readState(pid) === 'T');
    for (const pid of stopped) signalProcess(pid, 'SIGCONT');
    return { bySignals: stopped.length > 0 };
  }

  /** Removes what it has made, when all of the program has ended. */
  async close(): Promise<void> {
    await this.#made?.remove();
    this.#made = undefined;
  }

  /** A group with all of it; `undefined` where none can be made, or the program has groups of its own making. */
  #gather(): Cgroup | undefined {
    const home = readUnifiedGroup('self');
    const isAtHome = (pid: number): boolean => {
      const group = readUnifiedGroup(pid);
      return (
        group === undefined ||
        group === home ||
        (this.#made !== undefined && `${group}/`.startsWith(`${this.#made.path}/`))
      );
    };
    if (home === undefined || !this.#pids().every(isAtHome)) return undefined;
    try {
      this.#made ??= Cgroup.create(findUnifiedParents(), () => {});
      if (this.#made !== undefined) this.#addAll(this.#made);
      return this.#made;
    } catch {
      // It may make one, and not bring anybody in: a group of threads, or of another user's delegation.
      return undefined;
    }
  }

  /** @returns whether everybody was in there before */
  #addAll(group: Cgroup): boolean {
    const inside = group.pids();
    const outside = this.#pids().filter((pid) => !inside.includes(pid) && !hasEnded(pid));
    for (const pid of outside) group.add(pid);
    return outside.length === 0;
  }

  async #stopEach(description: string): Promise<void> {
    const asked = new Set<number>();
    // Those that were just started are found by another look.
    const stopAll = (): boolean => {
      const pids = this.#pids();
      for (const pid of pids) if (!asked.has(pid)) signalProcess(pid, 'SIGSTOP');
      const isStill = pids.every((pid) => asked.has(pid) && STOPPED.includes(readState(pid) ?? 'T'));
      for (const pid of pids) asked.add(pid);
      return isStill;
    };
    await until(stopAll, { description, intervalMs: PAUSE_MS });
  }
}
