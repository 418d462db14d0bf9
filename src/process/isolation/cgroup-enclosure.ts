import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../core/until.js';
import { hasEnded } from '../proc/processes.js';
import { Cgroup } from './cgroup.js';
import { findUnifiedParents } from './cgroup-parents.js';
import type { Enclosure } from './enclosure.js';
import { sendSigkill } from './signal-group.js';

/** A control group of version 2 for a program and all that it starts, daemons too: cgroup.kill ends them at once. */
export class CgroupEnclosure implements Enclosure {
  readonly isolation = 'cgroup';
  readonly ended: Promise<void>;
  readonly cgroup: Cgroup;
  #finish: () => void = () => {};
  /** What was started for it, which may not have entered yet. */
  #leader: number | undefined;
  #isKilled = false;

  /** @param cgroup - It is removed with what is in it. */
  constructor(cgroup: Cgroup) {
    this.cgroup = cgroup;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** `undefined` where this user may make none, or the kernel is older than 5.14. */
  static create(): CgroupEnclosure | undefined {
    const cgroup = Cgroup.create(findUnifiedParents(), checkGroup);
    return cgroup === undefined ? undefined : new CgroupEnclosure(cgroup);
  }

  prefix(): readonly string[] {
    return this.cgroup.prefix;
  }

  run<R>(run: () => R): R {
    return run();
  }

  adopt(pid: number): number {
    this.#leader = pid;
    return pid;
  }

  pids(): readonly number[] {
    const all = new Set(this.cgroup.pids());
    if (this.#leader !== undefined) all.add(this.#leader);
    return [...all].filter((pid) => !hasEnded(pid));
  }

  release(): void {
    this.#leader = undefined;
  }

  kill(): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    if (this.#leader !== undefined) sendSigkill(this.#leader);
    this.cgroup.kill();
    const gone = until(() => this.pids().length === 0, { description: 'a control group to be empty', intervalMs: 1 });
    // Whoever waits has a deadline of its own.
    gone.then(() => this.cgroup.remove()).then(this.#finish, () => {});
  }
}

/** @throws ENOENT, EOPNOTSUPP where it is of no use */
function checkGroup(path: string): void {
  const has = (name: string): boolean => existsSync(join(path, name));
  const isDomain = readFileSync(join(path, 'cgroup.type'), 'utf8').trim() === 'domain';
  if (has('cgroup.kill') && has('cgroup.freeze') && isDomain) return;
  throw Object.assign(new Error(`${path} cannot be killed`), { code: 'EOPNOTSUPP' });
}
