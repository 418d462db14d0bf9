import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from './until.ts';

/** What this process has, and what runs for it: taken before a test and after. */
interface Inventory {
  /** Namespaces that are held open: `net:[4026531840]`, as often as they are. */
  readonly namespaces: readonly string[];
  /** Interfaces of the machine. */
  readonly interfaces: readonly string[];
  /** Programs that were started with something in their arguments. */
  readonly processes: readonly string[];
}

/** What is there now. @param mark processes are those that have this among their arguments */
export function takeInventory(mark: string): Inventory {
  return { namespaces: listNamespaces(), interfaces: listInterfaces(), processes: listProcesses(mark) };
}

/** Asserts that nothing is there that was not; the kernel has a second to take it away. @throws Error that names it all */
export async function assertNothingLeft(before: Inventory, mark: string): Promise<void> {
  await until(
    () => {
      const now = takeInventory(mark);
      const left = [
        ...subtract(now.namespaces, before.namespaces).map((each) => `namespace ${each}`),
        ...subtract(now.interfaces, before.interfaces).map((each) => `interface ${each}`),
        ...now.processes.map((each) => `process ${each}`),
      ];
      return left.length === 0 ? true : { waitingFor: `these to go: ${left.join(', ')}` };
    },
    { timeoutMs: 1000 },
  );
}

function listNamespaces(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('net:[') ? [target] : [];
    } catch {
      return [];
    }
  });
}

function listInterfaces(): readonly string[] {
  const [, , ...lines] = readFileSync('/proc/net/dev', 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.trim().split(':')[0] ?? '');
}

function listProcesses(mark: string): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return args.some((arg) => arg.includes(mark)) ? [`${pid} (${args.join(' ').trim()})`] : [];
    } catch {
      return [];
    }
  });
}

function subtract(all: readonly string[], known: readonly string[]): readonly string[] {
  const rest = [...known];
  return all.filter((each) => {
    const at = rest.indexOf(each);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
