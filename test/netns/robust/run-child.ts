import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { TYPESCRIPT } from '../../support/typescript.js';

/** How a child ended. */
export interface ChildResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file of `child/` as a process of its own, to its end; `prefix` goes before, as in `prlimit --nofile=64`. */
export async function runChild(
  file: string,
  args: readonly string[] = [],
  prefix: readonly string[] = [],
): Promise<ChildResult> {
  const script = join(import.meta.dirname, 'child', file);
  // A young generation that V8 enlarges as it likes, by up to 48 MiB, is no growth of ours.
  const node = [process.execPath, '--expose-gc', '--max-semi-space-size=1', ...TYPESCRIPT, script];
  const [program = '', ...rest] = [...prefix, ...node, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { exitCode, stdout, stderr };
}
