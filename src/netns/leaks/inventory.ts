import { readdirSync } from 'node:fs';
import process from 'node:process';
import { requireProc } from '../../native/proc.js';
import { listPids, readStatFields, readWords } from '../../process/proc/processes.js';
import { readLink, readText } from '../../process/proc/read-proc.js';
import { isGuard } from '../spawn/guard.js';

/** What a file descriptor leads to: namespaces, sockets and objects of BPF are told from files. */
export type DescriptorKind = 'netns' | 'namespace' | 'socket' | 'pipe' | 'bpf' | 'file' | 'other';

/** An open file descriptor. */
export interface OpenDescriptor {
  readonly fd: number;
  readonly kind: DescriptorKind;
  /** As in `/proc/self/fd`: `net:[4026532301]`, `socket:[88121]`, `/tmp/a`. An object of BPF has its number behind it. */
  readonly target: string;
}

/** What this process holds at one moment. */
export interface Inventory {
  readonly descriptors: readonly OpenDescriptor[];
  /** How many event loops there are: one, and one for each worker thread. */
  readonly eventLoops: number;
  /** What was started from here and has not ended, children of children too: command lines by process. */
  readonly processes: ReadonlyMap<number, string>;
  /** The interfaces of the network namespace that this thread is in. */
  readonly interfaces: readonly string[];
}

/** Descriptors that Node opens and keeps when it likes. */
const OF_EVENT_LOOPS = ['anon_inode:[eventpoll]', 'anon_inode:[io_uring]'];

/**
 * What this process holds now: file descriptors, worker threads, processes that it started, and the interfaces of the
 * namespace it is in.
 *
 * @throws UnsupportedError where there is no procfs
 */
export function takeInventory(): Inventory {
  requireProc();
  settleSignals();
  const all = listDescriptors();
  const processes = listDescendants();
  // They come with the first process of a namespace, and go with the namespace.
  const guards = [...processes].filter(([, command]) => isGuard(command)).map(([pid]) => pid);
  const ignored = [...OF_EVENT_LOOPS, ...guards.map((pid) => readLink(`/proc/${pid}/fd/0`))];
  for (const pid of guards) processes.delete(pid);
  return {
    descriptors: all.filter(({ target }) => !ignored.includes(target)),
    eventLoops: all.filter(({ target }) => target === OF_EVENT_LOOPS[0]).length,
    processes,
    interfaces: listInterfaces(),
  };
}

/** The first child of a process makes Node open a pipe for signals, for ever: so does the first listener. */
function settleSignals(): void {
  const ignore = (): void => {};
  process.on('SIGCHLD', ignore);
  process.off('SIGCHLD', ignore);
}

function listDescriptors(): readonly OpenDescriptor[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    const fd = Number(name);
    const link = readLink(`/proc/self/fd/${name}`);
    // The one through which the list was read is closed by now.
    if (link === undefined || /^\/proc\/\d+\/fd$/.test(link)) return [];
    const kind = kindOf(link);
    return [{ fd, kind, target: kind === 'bpf' ? `${link}${readBpfId(fd)}` : link }];
  });
}

function kindOf(target: string): DescriptorKind {
  if (target.startsWith('net:[')) return 'netns';
  if (target.startsWith('socket:[')) return 'socket';
  if (target.startsWith('pipe:[')) return 'pipe';
  if (/^\w+:\[\d+\]$/.test(target)) return 'namespace';
  if (target.startsWith('anon_inode:bpf')) return 'bpf';
  return target.startsWith('/') ? 'file' : 'other';
}

/** ` prog_id 5`: objects of BPF have no inode of their own. */
function readBpfId(fd: number): string {
  const text = readText(`/proc/self/fdinfo/${fd}`) ?? '';
  const found = /^(link_id|prog_id|map_id|btf_id):\s*(\d+)$/m.exec(text);
  return found === null ? '' : ` ${found[1]} ${found[2]}`;
}

function listDescendants(): Map<number, string> {
  const parents = new Map<number, number>();
  for (const pid of listPids()) {
    const [state, parent] = readStatFields(pid) ?? [];
    if (state !== undefined && state !== 'Z') parents.set(pid, Number(parent));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return new Map([...parents.keys()].filter(isOurs).map((pid) => [pid, readCommand(pid)]));
}

function readCommand(pid: number): string {
  return readWords(pid).join(' ') || `process ${pid}`;
}

/** The kernel's list, as interfaces that are down are in no other. */
function listInterfaces(): readonly string[] {
  const text = readText('/proc/thread-self/net/dev') ?? '';
  return [...text.matchAll(/^ *([^\s|]+):/gm)].map((match) => match[1] ?? '');
}
