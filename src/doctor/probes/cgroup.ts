import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../core/message-of.js';
import { until } from '../../core/until.js';
import { readText } from '../../process/proc/read-proc.js';
import { asRoot, fixByKernel } from '../fixes.js';
import type { Machine } from '../machine.js';
import { type Finding, type Fix, missing, ok, type Probe } from '../probe.js';
import { findProgram, withDeathSignal } from '../programs.js';
import { type CgroupPurpose, findOwnCgroup, makeCgroup, removeCgroup } from './cgroup-folder.js';

const DEADLINE_MS = 5000;

/** What cgroup v2 does for processes. */
export const CGROUP: readonly Probe[] = [
  { id: 'cgroup2', title: 'cgroup v2, writable', rung: 'netns', group: 'processes', run: probeCgroup },
  {
    id: 'cgroup-kill',
    title: 'killing a cgroup',
    rung: 'netns',
    group: 'processes',
    waits: true,
    run: (machine) =>
      inCgroup(machine, 'kill', 'cgroup.kill', '5.14', async () => {
        return 'a process was moved into a cgroup of its own, 1 written to cgroup.kill, and SIGKILL ended it';
      }),
  },
  {
    id: 'cgroup-freeze',
    title: 'freezing a cgroup',
    rung: 'netns',
    group: 'processes',
    waits: true,
    run: (machine) =>
      inCgroup(machine, 'freeze', 'cgroup.freeze', '5.2', async (folder) => {
        writeFileSync(join(folder, 'cgroup.freeze'), '1');
        await until(() => readText(join(folder, 'cgroup.events'))?.includes('frozen 1'), {
          timeoutMs: DEADLINE_MS,
          description: 'cgroup.events to say "frozen 1"',
        });
        writeFileSync(join(folder, 'cgroup.freeze'), '0');
        return 'a process was moved into a cgroup of its own, 1 written to cgroup.freeze, and cgroup.events said "frozen 1"';
      }),
  },
];

function probeCgroup(machine: Machine): Finding {
  const parent = findOwnCgroup();
  if (parent === undefined) return notMounted(machine);
  try {
    const folder = makeCgroup(parent, 'write');
    rmdirSync(folder);
    return ok(`made a cgroup in ${parent} and removed it`);
  } catch (error) {
    return missing(messageOf(error), fixWriting(machine, parent));
  }
}

/** Runs an attempt with a process in a cgroup, and ends both, by cgroup.kill where that is what is asked. */
async function inCgroup(
  machine: Machine,
  purpose: CgroupPurpose,
  file: string,
  since: string,
  attempt: (folder: string) => Promise<string>,
): Promise<Finding> {
  const parent = findOwnCgroup();
  if (parent === undefined) return notMounted(machine);
  let folder: string;
  try {
    folder = makeCgroup(parent, purpose);
  } catch (error) {
    return missing(messageOf(error), fixWriting(machine, parent));
  }
  const [program, ...args] = withDeathSignal(machine, [findProgram(machine, 'sleep') ?? 'sleep', '60']);
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  // It is waited for below; a program that is not there would be an unhandled rejection until then.
  exited.catch(() => undefined);
  try {
    if (!existsSync(join(folder, file))) {
      return missing(`a cgroup in ${parent} has no file ${file}`, fixByKernel(machine, file, since));
    }
    writeFileSync(join(folder, 'cgroup.procs'), String(child.pid));
    const evidence = await attempt(folder);
    if (purpose === 'kill') writeFileSync(join(folder, file), '1');
    else child.kill('SIGKILL');
    const end = await Promise.race([exited, giveUp()]);
    if (end?.[1] === 'SIGKILL') return ok(evidence);
    const seen = end === undefined ? `went on for ${DEADLINE_MS} ms` : `ended by itself, with exit code ${end[0]}`;
    return missing(`the process in the cgroup ${seen}`, fixByKernel(machine, file, since));
  } catch (error) {
    return missing(messageOf(error), fixWriting(machine, parent));
  } finally {
    child.kill('SIGKILL');
    await exited.catch(() => undefined);
    await removeCgroup(folder);
  }
}

async function giveUp(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS).unref());
}

function notMounted(machine: Machine): Finding {
  return missing('no cgroup2 among the mounts of /proc/self/mountinfo', {
    command: asRoot(
      machine,
      "sh -c 'mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified'",
    ),
    text: 'mount it until the next boot',
  });
}

function fixWriting(machine: Machine, parent: string): Fix {
  if (machine.isContainer && machine.uid === 0) {
    return {
      text: `${parent} is not writable in this container: start it with --privileged, or with --cgroupns host and a writable /sys/fs/cgroup`,
    };
  }
  if (machine.uid === 0) {
    return { text: `root may not write below ${parent}: it is mounted read-only, or something else holds it` };
  }
  // The folder is there when systemd is what runs the machine: sd_booted(3).
  return !existsSync('/run/systemd/system')
    ? { command: asRoot(machine, 'env "PATH=$PATH" npx glovebox doctor'), text: 'run as root' }
    : {
        command: 'systemd-run --user --scope -p Delegate=yes -- npx glovebox doctor',
        text: 'run in a cgroup that systemd leaves to this user, or as root',
      };
}
