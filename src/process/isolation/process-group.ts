import { until } from '../../core/until.js';
import { hasEnded, listPids, readGroup, readStatFields } from '../proc/processes.js';
import type { Enclosure } from './enclosure.js';
import { groupExists, sendSigkill } from './signal-group.js';

/** A program and those of its process group: a program that leaves the group is lost sight of. */
export class ProcessGroup implements Enclosure {
  readonly isolation = 'none';
  readonly ended: Promise<void>;
  #finish: () => void = () => {};
  #leader: number | undefined;
  #isKilled = false;
  #isEmpty = false;
  #birthmark: string | undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  run<R>(run: () => R): R {
    return run();
  }

  prefix(): readonly string[] {
    return [];
  }

  adopt(pid: number): number {
    this.#leader = pid;
    this.#birthmark = readBirthmark(pid);
    return pid;
  }

  pids(): readonly number[] {
    const leader = this.#leader;
    if (leader === undefined || this.#isLost(leader)) return [];
    return listPids().filter((pid) => readGroup(pid) === leader && !hasEnded(pid));
  }

  release(): void {
    if (this.#leader !== undefined) this.#isEmpty = !groupExists(this.#leader);
  }

  /**
   * Whether the number of the group means none, or another one: as long as a group has members, nobody gets its number,
   * but once it is empty anybody may.
   */
  #isLost(leader: number): boolean {
    if (!this.#isEmpty) {
      const birthmark = readBirthmark(leader);
      this.#isEmpty = !groupExists(leader) || (birthmark !== undefined && birthmark !== this.#birthmark);
    }
    return this.#isEmpty;
  }

  kill(): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    // Once it is empty, the number may come to mean another group.
    if (this.#leader !== undefined && this.pids().length > 0) sendSigkill(-this.#leader);
    const gone = until(() => this.pids().length === 0, { description: 'a process group to end', intervalMs: 1 });
    // Whoever waits has a deadline of its own.
    gone.then(this.#finish, () => {});
  }
}

/** When it was started, of a zombie too. */
function readBirthmark(pid: number): string | undefined {
  return readStatFields(pid)?.[19];
}
