import { release } from 'node:os';
import process from 'node:process';
import { UnsupportedError } from '../../core/errors.js';
import { listPids } from '../proc/processes.js';
import { readText } from '../proc/read-proc.js';
import { findRealUser } from '../proc/real-user.js';
import { CgroupEnclosure } from './cgroup-enclosure.js';
import type { Enclosure } from './enclosure.js';
import { PidsCgroup } from './pids-cgroup.js';

/** The init of a keeper, unshare(1) and nsenter(1) are the user's too, in the same namespace. */
const KEEPER_PROCESSES = 3;
/** Since then RLIMIT_NPROC counts for each user namespace by itself: kernel/ucount.c */
const PER_NAMESPACE = { major: 5, minor: 14 };

/**
 * An enclosure in which a program, with all that it starts, can be so many processes and no more: by a control group
 * where one can be made, else, for ordinary users, by RLIMIT_NPROC.
 *
 * @throws UnsupportedError where neither is to be had
 */
export function limitProcesses(enclosure: Enclosure, most: number): Enclosure {
  const cgroup = PidsCgroup.create(most);
  if (cgroup === undefined) return limitByUser(enclosure, most);
  const { unified } = cgroup;
  const countRefusals = (): number => cgroup.countRefusals();
  if (enclosure.cgroup !== undefined && unified !== undefined) {
    // A process is in one group of version 2: that one has to do both.
    enclosure.kill();
    const only = new CgroupEnclosure(unified);
    return { ...bind(only), prefix: () => only.prefix(), countRefusals, ended: only.ended };
  }
  return {
    ...bind(enclosure),
    ...(unified && { cgroup: unified }),
    prefix: (cwd) => [...enclosure.prefix(cwd), ...cgroup.cgroup.prefix],
    countRefusals,
    ended: enclosure.ended.then(() => cgroup.remove()),
  };
}

function limitByUser(enclosure: Enclosure, most: number): Enclosure {
  // Whom the kernel asks.
  if (findRealUser(process.getuid?.() ?? 0) === 0) {
    enclosure.kill();
    throw new UnsupportedError({
      capability: 'limits.processes',
      reason: 'root is bounded by control groups alone, and no group with the controller "pids" can be made here',
      fix: 'mount cgroup v2 with that controller, or run as an ordinary user',
    });
  }
  const isAlone = enclosure.isolation === 'full' && countsPerNamespace();
  const limit = String(most + (isAlone ? KEEPER_PROCESSES : countOwnThreads()));
  return {
    ...bind(enclosure),
    prefix: (cwd) => [...enclosure.prefix(cwd), 'prlimit', `--nproc=${limit}`, '--'],
    ended: enclosure.ended,
  };
}

/** What another enclosure does as this one does. */
function bind(enclosure: Enclosure): Omit<Enclosure, 'prefix' | 'ended' | 'countRefusals'> {
  return {
    isolation: enclosure.isolation,
    run: (run) => enclosure.run(run),
    adopt: (pid) => enclosure.adopt(pid),
    pids: () => enclosure.pids(),
    kill: () => enclosure.kill(),
    ...(enclosure.cgroup && { cgroup: enclosure.cgroup }),
    ...(enclosure.settle && { settle: async (isStopped) => enclosure.settle?.(isStopped) }),
    ...(enclosure.release && { release: () => enclosure.release?.() }),
  };
}

function countsPerNamespace(): boolean {
  const [major = 0, minor = 0] = release()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return major > PER_NAMESPACE.major || (major === PER_NAMESPACE.major && minor >= PER_NAMESPACE.minor);
}

/** Threads of this user, which count beside those of the program. */
function countOwnThreads(): number {
  return listPids()
    .map((pid) => {
      const text = readText(`/proc/${pid}/status`) ?? '';
      const uid = Number(/^Uid:\s*(\d+)/m.exec(text)?.[1]);
      return uid === process.getuid?.() ? Number(/^Threads:\s*(\d+)/m.exec(text)?.[1] ?? 0) : 0;
    })
    .reduce((sum, count) => sum + count, 0);
}
