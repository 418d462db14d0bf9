import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cgroup } from './cgroup.js';
import { findPidsParents } from './cgroup-parents.js';

/** A control group that bounds how many processes a program and all that it starts may be: the controller `pids`. */
export class PidsCgroup {
  readonly cgroup: Cgroup;
  #refusals = 0;

  private constructor(cgroup: Cgroup) {
    this.cgroup = cgroup;
  }

  /** `undefined` where this user may make none. @param most - threads count, as processes do */
  static create(most: number): PidsCgroup | undefined {
    const cgroup = Cgroup.create(findPidsParents(), (path) => writeFileSync(join(path, 'pids.max'), String(most)));
    return cgroup === undefined ? undefined : new PidsCgroup(cgroup);
  }

  /** It, where it is of version 2, which can be frozen, too. */
  get unified(): Cgroup | undefined {
    return this.cgroup.read('cgroup.freeze') === undefined ? undefined : this.cgroup;
  }

  /** How often one more was refused: what was known last, when it was removed. */
  countRefusals(): number {
    const found = /^max (\d+)$/m.exec(this.cgroup.read('pids.events') ?? '')?.[1];
    if (found !== undefined) this.#refusals = Number(found);
    return this.#refusals;
  }

  /** Removes it when everything in it has ended. */
  async remove(): Promise<void> {
    this.countRefusals();
    await this.cgroup.remove();
  }
}
