import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../src/core/until.js';
import { findExecutable } from '../../../src/native/rootless.js';
import { CLI } from '../run-cli.js';

/** Why there is no terminal to be had. */
export function findTerminalObstacle(): string | undefined {
  return findExecutable('script') === undefined ? 'there is no script: install bsdutils' : undefined;
}

/** How {@link startOnTerminal} starts. */
export interface OnTerminalOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends it: a test that is given up leaves no machine behind. */
  readonly signal: AbortSignal;
}

/** What runs a command that follows once it hears that its terminal has 44 rows of 88; stty sets one before the other. */
export const ONCE_RESIZED: readonly string[] = [
  ...['sh', '-c'],
  `trap 'if test "$(stty size)" = "44 88"; then echo "now 44 88"; exec "$@"; fi' WINCH; stty size; while :; do sleep 0.05; done`,
  'sh',
];

/** Runs glovebox on a terminal of 33 rows of 77, whose other side is the input and output of the process. */
export function startOnTerminal(args: readonly string[], { cwd, env = process.env, signal }: OnTerminalOptions) {
  const line = [...CLI, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const path = join(cwd, 'terminal');
  const script = `stty rows 33 cols 77; tty > '${path}'; exec ${line}`;
  const child = spawn('script', ['-qec', script, '/dev/null'], {
    cwd,
    env: { ...env, SHELL: '/bin/sh' },
    signal,
    // What is on the terminal hears of it, as its other side is gone.
    killSignal: 'SIGKILL',
  });
  let seen = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (bytes: Buffer) => {
      seen += bytes.toString();
    });
  const ended = once(child, 'close');
  return {
    ended,
    seen: () => seen,
    type: (keys: string) => child.stdin.write(keys),
    /** Gives the terminal 44 rows of 88, once the size it had is told. */
    async resize({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
      const told = until(() => seen.includes('33 77'), { timeoutMs, description: 'the size to be told' });
      const early = ended.then(() => {
        throw new Error(`it ended first: ${seen}`);
      });
      await Promise.race([told, early]);
      spawnSync('stty', ['-F', readFileSync(path, 'utf8').trim(), 'rows', '44', 'cols', '88']);
    },
  };
}
