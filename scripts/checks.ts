import { spawn } from 'node:child_process';
import { root } from './entries.js';

/** A command that passes or fails. */
export interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** How a check went. */
export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly durationMs: number;
  /** What it printed, both streams in the order they came. */
  readonly output: string;
}

/** Runs one check, silently. */
export function runCheck({ name, command: [program, ...args] }: Check): Promise<CheckResult> {
  const start = performance.now();
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const finish = (passed: boolean) => {
      const output = Buffer.concat(chunks).toString().trim();
      resolve({ name, passed, durationMs: performance.now() - start, output });
    };
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${program} could not be started: ${error.message}`));
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

/**
 * Runs lists of checks beside each other, the checks of a list one after the other.
 *
 * @returns the results in the order of the lists
 */
export async function runChecks(
  lists: readonly (readonly Check[])[],
  report: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const results = await Promise.all(
    lists.map(async (list) => {
      const done: CheckResult[] = [];
      for (const check of list) {
        const result = await runCheck(check);
        report(result);
        done.push(result);
      }
      return done;
    }),
  );
  return results.flat();
}
