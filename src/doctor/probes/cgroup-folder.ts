import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { until } from '../../core/until.js';
import { readText } from '../../process/proc/read-proc.js';
import { findUnifiedMount } from '../../process/proc/unified-cgroup.js';

/** Makes cgroups of this process distinct; the process id makes them so among processes. */
export type CgroupPurpose = 'write' | 'kill' | 'freeze' | 'bpf';

/** The folder of the cgroup v2 that this process is in, or `undefined` where no cgroup v2 is mounted. */
export function findOwnCgroup(): string | undefined {
  const mount = findUnifiedMount();
  if (mount === undefined) return undefined;
  const path = /^0::(.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  const own = join(mount, path).replace(/\/$/, '');
  // In a container without a namespace for cgroups, the path is one of the host.
  return existsSync(own) ? own : mount;
}

/** Makes a cgroup in this process's own. @throws Node's error: EACCES, EROFS */
export function makeCgroup(parent: string, purpose: CgroupPurpose): string {
  sweepCgroups(parent);
  const folder = join(parent, `glovebox-doctor-${process.pid}-${purpose}`);
  mkdirSync(folder);
  return folder;
}

/** Removes what a doctor left that was killed in the middle: empty cgroups, since its processes died with it. */
function sweepCgroups(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = /^glovebox-doctor-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmdirSync(join(parent, name));
  }
}

/** Removes an empty cgroup; the kernel lets a process that has just ended go a moment later. */
export async function removeCgroup(folder: string): Promise<void> {
  await until(
    () => {
      rmdirSync(folder);
      return true;
    },
    { timeoutMs: 5000, description: `the cgroup ${folder} to be empty` },
  );
}
