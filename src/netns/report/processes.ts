import process from 'node:process';
import { readSocketInodes } from '../../process/proc/descriptors.js';
import { listPids, readName, readNetns, readWords } from '../../process/proc/processes.js';
import { readActivity } from '../../process/proc/unified-cgroup.js';
import { isGuard } from '../spawn/guard.js';

/** A process that runs in a namespace of a lab. */
export interface LabProcess {
  readonly pid: number;
  /** Its command line, or its name where it has none. */
  readonly command: string;
  /** As proc_pid_stat(5) has them: `R`, `S`, `D`, `T` (stopped), `Z` (ended, and not waited for). */
  readonly state: string;
}

/** Who runs where in a lab, and whose its sockets are, at one moment. */
export interface ProcessTable {
  /** The processes in a network namespace, by the inode of that. */
  inNetns(inode: number): readonly LabProcess[];
  /** Who has a socket, by the inode of that: a command and its process, or this process. */
  ownerOf(socketInode: number): string | undefined;
}

/** Looks at /proc once, for all namespaces of a lab. What ends meanwhile is left out. */
export function readProcesses(inodes: ReadonlySet<number>): ProcessTable {
  const byNetns = new Map<number, LabProcess[]>();
  const owners = new Map<number, string>();
  for (const pid of listPids()) {
    const netns = readNetns(pid);
    if (netns === undefined || !inodes.has(netns) || pid === process.pid) continue;
    const found = readProcess(pid);
    // A guard is the lab's own, and nothing that a test started.
    if (found === undefined || isGuard(found.command)) continue;
    const all = byNetns.get(netns) ?? [];
    byNetns.set(netns, [...all, found]);
    addSockets(owners, pid, `${found.command.split(' ')[0] ?? ''} (${pid})`);
  }
  addSockets(owners, 'self', `this process (${process.pid})`);
  return { inNetns: (inode) => byNetns.get(inode) ?? [], ownerOf: (inode) => owners.get(inode) };
}

function readProcess(pid: number): LabProcess | undefined {
  const state = readActivity(pid);
  const command = readWords(pid).join(' ').trim() || readName(pid);
  return state === undefined || command === undefined ? undefined : { pid, command, state };
}

function addSockets(owners: Map<number, string>, pid: number | 'self', owner: string): void {
  for (const inode of readSocketInodes(pid)) if (!owners.has(inode)) owners.set(inode, owner);
}
