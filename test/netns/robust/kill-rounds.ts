import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Random } from '../../../src/core/random.js';
import { until } from '../../../src/core/until.js';
import { TYPESCRIPT } from '../../support/typescript.js';

/** What a process that was killed has left. */
export interface Leftovers {
  readonly phase: string;
  /** The command lines of what it has started. Without a process that is in it or holds it there is no namespace. */
  readonly processes: readonly string[];
  /** How long it took until nothing was left. */
  readonly goneAfterMs: number;
}

const CHILD = join(import.meta.dirname, 'child/labs-until-killed.ts');
/** How long after its first lab a process lives at most: several labs long. */
const LIFE_MS = 300;
/** In the environment of all that it starts, and that these start. */
const MARK = 'GLOVEBOX_TEST_ROUND';

/** Starts a process that makes labs, kills it at a random moment, and waits until nothing of it is left. */
export async function killOnce(random: Random): Promise<Leftovers> {
  const mark = `${process.pid}-${random.int(0, 1_000_000_000)}`;
  const child = spawn(process.execPath, [...TYPESCRIPT, CHILD], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, [MARK]: mark },
  });
  let phase = 'start';
  const lines = createInterface(child.stdout);
  await new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      phase = line;
      resolve();
    });
  });
  const exited = once(child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, random.int(0, LIFE_MS)));
  child.kill('SIGKILL');
  await exited;
  const killedMs = performance.now();
  await until(() => findMarked(mark).length === 0, { timeoutMs: 1000, intervalMs: 1 }).catch(() => {});
  return { phase, processes: findMarked(mark), goneAfterMs: performance.now() - killedMs };
}

function findMarked(mark: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(name, 'environ').split('\0').includes(`${MARK}=${mark}`))
    .map((name) => `${name}: ${read(name, 'cmdline').replaceAll('\0', ' ').trim()}`);
}

/** A zombie, or what is gone, has neither. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
