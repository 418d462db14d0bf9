import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
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
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const netns = readNetns(name);
    if (netns === undefined || !inodes.has(netns) || Number(name) === process.pid) continue;
    const found = readProcess(name);
    // A guard is the lab's own, and nothing that a test started.
    if (found === undefined || isGuard(found.command)) continue;
    const all = byNetns.get(netns) ?? [];
    byNetns.set(netns, [...all, found]);
    addSockets(owners, name, `${found.command.split(' ')[0] ?? ''} (${found.pid})`);
  }
  addSockets(owners, 'self', `this process (${process.pid})`);
  return { inNetns: (inode) => byNetns.get(inode) ?? [], ownerOf: (inode) => owners.get(inode) };
}

function readNetns(pid: string): number | undefined {
  const link = readLink(`/proc/${pid}/ns/net`);
  return link === undefined ? undefined : Number(/\d+/.exec(link)?.[0]);
}

function readProcess(pid: string): LabProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const end = stat.lastIndexOf(')');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const name = stat.slice(stat.indexOf('(') + 1, end);
    return { pid: Number(pid), command: command === '' ? name : command, state: stat.slice(end + 2, end + 3) };
  } catch {
    return undefined;
  }
}

function addSockets(owners: Map<number, string>, pid: string, owner: string): void {
  let names: readonly string[] = [];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    // It has ended, or is another user's.
  }
  for (const name of names) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${name}`) ?? '')?.[1];
    if (inode !== undefined && !owners.has(Number(inode))) owners.set(Number(inode), owner);
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
