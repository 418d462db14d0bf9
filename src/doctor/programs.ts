import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { isExecutable } from '../native/is-executable.js';
import type { Machine } from './machine.js';

/** How {@link runProgram} runs. */
export interface RunOptions {
  /** It is killed after this, in milliseconds. */
  readonly timeoutMs: number;
  /** File descriptors that the program gets as its 3, 4, … */
  readonly descriptors?: readonly number[];
  /** Become this user and group first, without any supplementary group. */
  readonly user?: number;
}

/** How a program ended. */
export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** Why it could not be started. */
  readonly error?: string;
}

/** The path of a program, or `undefined`. */
export function findProgram({ path }: Machine, name: string): string | undefined {
  return path.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * A command that Linux kills with the thread that starts it, where that can be had: a virtual machine that hangs would
 * else outlive a doctor that was killed.
 */
export function withDeathSignal(
  { deathSignal }: Machine,
  argv: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const [program, ...options] = deathSignal;
  return program === undefined ? argv : [program, ...options, ...argv];
}

/** Runs a program without a shell, and never throws. Where it can, Linux kills it with this process. */
export function runProgram(
  machine: Machine,
  argv: readonly [string, ...string[]],
  options: RunOptions,
): Promise<ProgramResult> {
  const { timeoutMs, descriptors = [], user } = options;
  const [program, ...args] = withDeathSignal(machine, argv);
  const start = performance.now();
  return new Promise((resolve) => {
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const finish = (exitCode: number | null, error?: Error) => {
      clearTimeout(timer);
      const durationMs = performance.now() - start;
      resolve({ exitCode, ...output, timedOut, durationMs, ...(error === undefined ? {} : { error: error.message }) });
    };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.on('error', (error) => finish(null, error));
    child.on('close', (exitCode) => finish(exitCode));
  });
}

/** What a program that failed had to say, on one line. */
export function describeFailure({ exitCode, stderr, timedOut, durationMs, error }: ProgramResult): string {
  if (error !== undefined) return error;
  const said = stderr.trim().replace(/\s*\n\s*/g, '; ');
  const end = timedOut
    ? `no end within ${(durationMs / 1000).toFixed(1)} s`
    : exitCode === null
      ? 'it was killed by a signal'
      : `exit code ${exitCode}`;
  return said === '' ? end : `${end}, ${said.length > 200 ? `${said.slice(0, 197)}...` : said}`;
}
