import { readStatFields } from '../proc/processes.js';
import { listNames, readText } from '../proc/read-proc.js';

/** What a program and everything that it has started use, at one moment. */
export interface ProcessUsage {
  /** Processor time since they were started, of children that they have waited for too; in steps of 10 ms. */
  readonly cpuMs: number;
  /** Memory that is theirs at the moment; what several share counts for each of them. */
  readonly rssBytes: number;
  /** Open file descriptors. */
  readonly fds: number;
  readonly threads: number;
  /** Of the threads that there are now, since they were started. */
  readonly contextSwitches: { readonly voluntary: number; readonly involuntary: number };
  readonly processes: number;
}

/** USER_HZ, in which every architecture that Node runs on tells times: include/asm-generic/param.h */
const MS_PER_TICK = 10;
const NOTHING: ProcessUsage = {
  cpuMs: 0,
  rssBytes: 0,
  fds: 0,
  threads: 0,
  contextSwitches: { voluntary: 0, involuntary: 0 },
  processes: 0,
};

/** What some processes use together; those that have ended use nothing. */
export function readUsage(pids: readonly number[]): ProcessUsage {
  return pids.map(readOne).reduce(add, NOTHING);
}

function readOne(pid: number): ProcessUsage {
  const fields = readStatFields(pid);
  const status = readText(`/proc/${pid}/status`);
  if (fields === undefined || status === undefined) return NOTHING;
  const tasks = listNames(`/proc/${pid}/task`).map((task) => readText(`/proc/${pid}/task/${task}/status`) ?? '');
  const sum = (name: string): number => tasks.reduce((total, text) => total + readNumber(text, name), 0);
  // From utime to cstime, fields 14 to 17 of proc_pid_stat(5); the state is the third.
  const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
  return {
    cpuMs: ticks * MS_PER_TICK,
    rssBytes: readNumber(status, 'VmRSS') * 1024,
    fds: listNames(`/proc/${pid}/fd`).length,
    threads: tasks.length,
    contextSwitches: { voluntary: sum('voluntary_ctxt_switches'), involuntary: sum('nonvoluntary_ctxt_switches') },
    processes: 1,
  };
}

function add(one: ProcessUsage, other: ProcessUsage): ProcessUsage {
  return {
    cpuMs: one.cpuMs + other.cpuMs,
    rssBytes: one.rssBytes + other.rssBytes,
    fds: one.fds + other.fds,
    threads: one.threads + other.threads,
    contextSwitches: {
      voluntary: one.contextSwitches.voluntary + other.contextSwitches.voluntary,
      involuntary: one.contextSwitches.involuntary + other.contextSwitches.involuntary,
    },
    processes: one.processes + other.processes,
  };
}

function readNumber(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
