import process from 'node:process';
import { UnsupportedError } from '../../core/errors.js';
import { errnoOf } from '../../core/kernel-error.js';
import { isInUserNamespace } from '../../native/user-namespace.js';
import type { Isolation } from '../spawn-options.js';
import { CgroupEnclosure } from './cgroup-enclosure.js';
import type { Enclosure } from './enclosure.js';
import { Keeper } from './keeper.js';
import { limitProcesses } from './limit-processes.js';
import { ProcessGroup } from './process-group.js';
import { UserKeeper } from './user-keeper.js';

/**
 * The enclosure that was asked for, or the best there is: a keeper as root, one in a user namespace as anybody else, a
 * control group where neither is allowed and that was delegated, and else a process group.
 *
 * @param mostProcesses - @defaultValue as many as the machine has room for
 * @throws UnsupportedError when isolation or a limit was asked for and is not to be had
 */
export async function createEnclosure(isolation: Isolation | undefined, mostProcesses?: number): Promise<Enclosure> {
  const enclosure = await createUnlimited(isolation);
  return mostProcesses === undefined ? enclosure : limitProcesses(enclosure, mostProcesses);
}

async function createUnlimited(isolation: Isolation | undefined): Promise<Enclosure> {
  if (isolation === 'none') return new ProcessGroup();
  if (isolation === 'cgroup') return requireCgroup();
  const keeper = startKeeper();
  if (keeper !== undefined) return enclose(keeper);
  try {
    return await startUserKeeper();
  } catch (error) {
    if (isolation === undefined && error instanceof UnsupportedError)
      return CgroupEnclosure.create() ?? new ProcessGroup();
    throw error;
  }
}

/** Root of a user namespace keeps its rights over the networks that were made there, where it may have a keeper so. */
async function startUserKeeper(): Promise<Enclosure> {
  if (process.geteuid?.() !== 0 || !isInUserNamespace()) return UserKeeper.start();
  try {
    return await UserKeeper.start('same');
  } catch (error) {
    if (error instanceof UnsupportedError) return UserKeeper.start();
    throw error;
  }
}

function requireCgroup(): Enclosure {
  const cgroup = CgroupEnclosure.create();
  if (cgroup !== undefined) return cgroup;
  throw new UnsupportedError({
    capability: "isolation: 'cgroup'",
    reason: 'no control group of version 2 that can be killed can be made where this process is',
    fix: 'have one delegated: systemd-run --user --scope -p Delegate=yes …, on Linux 5.14 or later',
  });
}

/** `undefined` for who may not have one. */
function startKeeper(): Keeper | undefined {
  try {
    return Keeper.start();
  } catch (error) {
    if (error instanceof UnsupportedError || errnoOf(error) === 'EPERM') return undefined;
    throw error;
  }
}

/** A keeper for one program, whose /proc shows only what is in it. */
function enclose(keeper: Keeper): Enclosure {
  return {
    isolation: 'full',
    prefix: () => ['unshare', '--mount-proc', '--'],
    run: (run) => keeper.run(run),
    adopt: (pid) => pid,
    pids: () => keeper.pids(),
    kill: () => keeper.kill(),
    ended: keeper.ended,
  };
}
