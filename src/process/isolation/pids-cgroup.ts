import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';
import { until } from '../../core/until.js';
import { Journal, type Kept } from '../journal/journal.js';

/** A process enters by itself, before it becomes the program: 0 is whoever writes, in every pid namespace. */
const ENTER = 'echo 0 > "$0/cgroup.procs" && exec "$@"';

/** A control group that bounds how many processes a program and all that it starts may be: the controller `pids`. */
export class PidsCgroup {
  readonly #journal: Journal;
  readonly #kept: Kept;
  #refusals = 0;

  private constructor(journal: Journal, kept: Kept) {
    this.#journal = journal;
    this.#kept = kept;
  }

  /** `undefined` where this user may make none: nothing is left then. @param most - threads count, as processes do */
  static create(most: number): PidsCgroup | undefined {
    const journal = new Journal();
    for (const parent of findParents()) {
      const path = join(parent, `glovebox-${process.pid}-${randomUUID().slice(0, 8)}`);
      try {
        const kept = journal.keep('cgroup', path, () => mkdirSync(path));
        writeFileSync(join(path, 'pids.max'), String(most));
        return new PidsCgroup(journal, kept);
      } catch (error) {
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
    return ['sh', '-c', ENTER, this.#kept.path];
  }

  /** How often one more was refused. */
  countRefusals(): number {
    try {
      const text = readFileSync(join(this.#kept.path, 'pids.events'), 'utf8');
      this.#refusals = Number(/^max (\d+)$/m.exec(text)?.[1] ?? 0);
    } catch {
      // It was removed: what was known last holds.
    }
    return this.#refusals;
  }

  /** Removes it when everything in it has ended. */
  async remove(): Promise<void> {
    this.countRefusals();
    const isGone = (): boolean => this.#kept.remove().outcome !== 'failed';
    await until(isGone, { intervalMs: 1, maxIntervalMs: 20 }).catch(() => undefined);
    this.#journal.close();
  }
}

/**
 * Groups in which one with that controller can be made: that of this process and those above it, of both versions. In
 * version 2 a group with processes hands no controllers down, so that it is one further up.
 */
function findParents(): readonly string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const own = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  return mounts.flatMap((line) => {
    const [, mount = '', type, options = ''] = line.split(' ');
    const hasPids = type === 'cgroup' && options.split(',').includes('pids');
    if (!hasPids && type !== 'cgroup2') return [];
    const entry = own.find((each) =>
      hasPids ? each.split(':')[1]?.split(',').includes('pids') === true : each.startsWith('0::'),
    );
    const path = entry?.split(':').slice(2).join(':') ?? '/';
    const parents = listUpwards(join(mount, path), mount);
    return hasPids ? parents : parents.filter(handsDownPids);
  });
}

function listUpwards(path: string, top: string): readonly string[] {
  return path === top || path === `${top}/` || !path.startsWith(top)
    ? [top]
    : [path, ...listUpwards(dirname(path), top)];
}

function handsDownPids(path: string): boolean {
  try {
    accessSync(join(path, 'cgroup.procs'), constants.W_OK);
    return readFileSync(join(path, 'cgroup.subtree_control'), 'utf8').split(/\s/).includes('pids');
  } catch {
    return false;
  }
}
