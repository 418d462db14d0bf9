import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';
import { until } from '../../core/until.js';
import { Journal, type Kept } from '../journal/journal.js';
import { killCgroup, listCgroupPids, listCgroups } from '../journal/remove-cgroup.js';
import { isFrozen } from '../proc/unified-cgroup.js';

/** A process enters by itself, before it becomes the program: 0 is whoever writes, in every pid namespace. */
const ENTER = 'echo 0 > "$0/cgroup.procs" && exec "$@"';

/** A control group, of either version, which a journal keeps. */
export class Cgroup {
  readonly path: string;
  readonly #journal: Journal;
  readonly #kept: Kept;

  private constructor(journal: Journal, kept: Kept) {
    this.#journal = journal;
    this.#kept = kept;
    this.path = kept.path;
  }

  /**
   * In the first of some groups that has room for one.
   *
   * @param prepare - Is told the path of what was made; where it fails, the next is tried.
   * @returns `undefined` where this user may make none: nothing is left then
   */
  static create(parents: readonly string[], prepare: (path: string) => void): Cgroup | undefined {
    if (parents.length === 0) return undefined;
    const journal = new Journal();
    for (const parent of parents) {
      const path = join(parent, `glovebox-${process.pid}-${randomUUID().slice(0, 8)}`);
      let kept: Kept | undefined;
      try {
        kept = journal.keep('cgroup', path, () => mkdirSync(path));
        prepare(path);
        return new Cgroup(journal, kept);
      } catch (error) {
        kept?.remove();
        // The next one up may be ours: EACCES, EROFS; or have the controller: ENOENT.
        if (errnoOf(error) === undefined) {
          journal.close();
          throw error;
        }
      }
    }
    journal.close();
    return undefined;
  }

  /** The words before a command that bring it in. */
  get prefix(): readonly string[] {
    return ['sh', '-c', ENTER, this.path];
  }

  /** What one of its files says; `undefined` when it was removed. */
  read(name: string): string | undefined {
    const path = join(this.path, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** Everything in it, and in the groups that were made in it. */
  pids(): readonly number[] {
    return listCgroupPids(this.path);
  }

  /** Brings a process in. What has ended meanwhile is no mistake. @throws EACCES, EBUSY */
  add(pid: number): void {
    try {
      writeFileSync(join(this.path, 'cgroup.procs'), String(pid));
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }

  /** Begins to stop whatever is in it or comes to be, or lets it go on; version 2 alone. @see whenFrozen */
  setFrozen(isFrozen: boolean): void {
    writeFileSync(join(this.path, 'cgroup.freeze'), isFrozen ? '1' : '0');
  }

  /** Resolves when all of it has stopped, or none of it has. @throws TimeoutError */
  async whenFrozen(isMeant: boolean): Promise<void> {
    const description = isMeant ? 'all of a control group to stop' : 'a control group to go on';
    const isDone = (): boolean => (isMeant ? isAllFrozen(this.path) : !isFrozen(this.path));
    await until(() => isDone() || this.pids().length === 0, {
      description,
      intervalMs: 0.2,
      maxIntervalMs: 5,
    });
  }

  /** Kills everything in it, what is being started meanwhile, too. */
  kill(): void {
    killCgroup(this.path);
  }

  /** Removes it when everything in it has ended. */
  async remove(): Promise<void> {
    const isGone = (): boolean => this.#kept.remove().outcome !== 'failed';
    await until(isGone, { intervalMs: 1, maxIntervalMs: 20 }).catch(() => undefined);
    this.#journal.close();
  }
}

/**
 * Whether everything in a control group of version 2 has stopped, and in those that were made in it. One with processes of
 * its own says that it is frozen when they are, whatever those in its groups do: kernel/cgroup/freezer.c,
 * cgroup_update_frozen.
 */
export function isAllFrozen(group: string): boolean {
  return listCgroups(group).every(isFrozen);
}
