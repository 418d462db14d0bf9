import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { root } from '../../../scripts/entries.js';
import type { Random } from '../../../src/core/random.js';
import { until } from '../../../src/core/until.js';

/** What a process that was killed has left. */
export interface Leftovers {
  readonly phase: string;
  readonly namespaces: readonly string[];
  readonly processes: readonly string[];
  /** How long it took until nothing was left. */
  readonly goneAfterMs: number;
}

const CHILD = join(import.meta.dirname, 'child/labs-until-killed.ts');
/** How long after its first lab a process lives at most: several labs long. */
const LIFE_MS = 300;

/** Starts a process that makes labs, kills it at a random moment, and waits until nothing of it is left. */
export async function killOnce(random: Random): Promise<Leftovers> {
  // Known by what they sleep for: others may run the same test.
  const mark = `4242.${process.pid}${random.int(0, 1_000_000)}`;
  const child = spawn(process.execPath, ['--import', `${root}scripts/typescript-hooks.mjs`, CHILD, mark], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const inodes = new Set<string>();
  let phase = 'start';
  const lines = createInterface(child.stdout);
  const started = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('netns ')) inodes.add(`net:[${line.slice('netns '.length)}]`);
      else phase = line;
      if (phase === 'set-up') resolve();
    });
  });
  await started;
  const exited = once(child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, random.int(0, LIFE_MS)));
  child.kill('SIGKILL');
  await exited;
  const killedMs = performance.now();
  const look = () => ({ namespaces: findNamespaces(inodes), processes: findSleepers(mark) });
  await until(() => look().namespaces.length + look().processes.length === 0, {
    timeoutMs: 1000,
    description: `nothing to be left of a process that was killed in ${phase}`,
  }).catch(() => {});
  return { phase, ...look(), goneAfterMs: performance.now() - killedMs };
}

/** Those of the namespaces that any process is still in, or holds. */
function findNamespaces(inodes: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  for (const pid of listPids()) {
    const net = readLink(`/proc/${pid}/ns/net`);
    if (net !== undefined && inodes.has(net)) found.add(`${net} of ${pid}`);
    for (const fd of list(`/proc/${pid}/fd`)) {
      const target = readLink(`/proc/${pid}/fd/${fd}`);
      if (target !== undefined && inodes.has(target)) found.add(`${target} held by ${pid}`);
    }
  }
  return [...found];
}

function findSleepers(mark: string): readonly string[] {
  return listPids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\u0000${mark}\u0000`;
    } catch {
      return false;
    }
  });
}

const listPids = (): readonly string[] => list('/proc').filter((name) => /^\d+$/.test(name));

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
