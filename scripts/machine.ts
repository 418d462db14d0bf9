// What a run of the tests may have left on this machine: processes, mounts, control groups, named network namespaces.
// Others work on the same machine: processes count when they carry the mark of this run in their environment, the rest
// by what it is called, for what is made here is called so.
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** In the environment of the tests, and so of whatever they start: daemons too, for a parent may be lost, this not. */
const MARK = 'GLOVEBOX_RUN';
const OWN = /glovebox/i;
const INTERVAL_MS = 100;

/** What is there now, each as a line that tells what it is. */
type Picture = ReadonlySet<string>;

/** Looks at the machine before the tests, and after them. */
export class MachineCheck {
  readonly #mark = randomUUID();
  readonly #isAlone: boolean;
  readonly #before: Picture;

  /** @param isAlone - Nobody else works on the machine: whatever is new counts, whoever may have made it. */
  constructor({ isAlone }: { readonly isAlone: boolean }) {
    this.#isAlone = isAlone;
    this.#before = this.#look();
  }

  /** What the tests have to be given. */
  get env(): Readonly<Record<string, string>> {
    return { [MARK]: this.#mark };
  }

  /** What is new since, once what is still being taken down had its time. */
  async findNew({ timeoutMs }: { readonly timeoutMs: number }): Promise<readonly string[]> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const left = [...this.#look()].filter((each) => !this.#before.has(each));
      if (left.length === 0 || performance.now() > deadlineMs) return left;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  }

  #look(): Picture {
    const processes = findProcesses(this.#mark);
    const others = [...findMounts(), ...findCgroups(), ...findNamespaces()];
    return new Set([...processes, ...others.filter((each) => this.#isAlone || isOrphan(each))]);
  }
}

/** Called as ours are, and by no process that still runs: the number in its name is that of its maker. */
function isOrphan(thing: string): boolean {
  if (!OWN.test(thing)) return false;
  const maker = /glovebox-(\d+)/.exec(thing)?.[1];
  return maker === undefined || !existsSync(`/proc/${maker}`);
}

/** Those of the run, this one apart. One that has ended and waits to be asked has no environment any more. */
function findProcesses(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).includes(`${MARK}=${mark}`))
    .map((pid) => {
      const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
      const parent = /^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '?';
      const cgroup = read(`/proc/${pid}/cgroup`).trim().split('\n').at(-1) ?? '';
      return `process ${pid} (${command}), parent ${parent}, control group ${cgroup}`;
    });
}

function findMounts(): readonly string[] {
  const lines = read('/proc/self/mounts').trim().split('\n');
  return lines.map((line) => `mount ${line.split(' ').slice(0, 3).join(' ')}`);
}

function findCgroups(): readonly string[] {
  if (!existsSync('/sys/fs/cgroup')) return [];
  try {
    const entries = readdirSync('/sys/fs/cgroup', { recursive: true, withFileTypes: true });
    return entries.filter((each) => each.isDirectory()).map((each) => `control group ${each.parentPath}/${each.name}`);
  } catch {
    // One went while they were listed; they are looked at again.
    return findCgroups();
  }
}

/** As `ip netns` lists them. */
function findNamespaces(): readonly string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns').map((name) => `network namespace ${name}`) : [];
}

/** Nothing where there is none, or it is another user's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
