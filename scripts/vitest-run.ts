import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { root } from './entries.js';
import { readReport, type VitestReport } from './vitest-report.js';

/** How one Vitest ended. */
export interface VitestRun {
  /** Not 0 when a test failed, and when something else did: an unhandled rejection, an unknown option. */
  readonly status: number | null;
  /** Absent when it did not get as far as to write one. */
  readonly report: VitestReport | undefined;
  /** What it printed, when that was kept. */
  readonly output: string;
}

/** What a Vitest is given. */
export interface VitestOptions {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether what it prints is kept until it has ended; otherwise it is shown as it comes. */
  readonly isKept?: boolean;
}

let started = 0;

/** Runs a Vitest of this repository. */
export async function runVitest({ args, env, isKept = false }: VitestOptions): Promise<VitestRun> {
  started += 1;
  const file = join(root, 'node_modules/.cache/glovebox', `tests-${process.pid}-${started}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const child = spawn('vitest', ['run', ...reporters, ...args], {
    cwd: root,
    stdio: isKept ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...(isKept && process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}), ...env },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const status = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  const report = readReport(file);
  rmSync(file, { force: true });
  return { status, report, output: Buffer.concat(chunks).toString() };
}
