import { UnsupportedError } from '../../core/errors.js';
import { ProcessError } from '../../process/process-error.js';
import { spawn } from '../../process/spawn.js';

/** What a tool of Debian's has answered. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  /** Everything that it wrote, for messages. */
  readonly output: string;
}

const LONGEST_MS = 600_000;
const MOST_LINES = 200_000;

/**
 * Runs a tool to its end; it ends with this process, however that ends.
 *
 * @throws UnsupportedError where there is no such tool @throws AbortedError when it was called off
 */
export async function runTool(
  command: readonly [string, ...string[]],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ToolResult> {
  const { cwd, env = {}, signal } = options;
  const [name, ...args] = command;
  signal?.throwIfAborted();
  try {
    await using tool = await spawn(name, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...env, LC_ALL: 'C.UTF-8' },
      output: 'file',
      logLimit: MOST_LINES,
    });
    const stop = () => void tool.kill();
    signal?.addEventListener('abort', stop);
    const { code = 255 } = await tool.waitForExit({ timeoutMs: LONGEST_MS });
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
    const lines = tool.logs.lines();
    const stdout = lines.filter(({ stream }) => stream === 'stdout').map(({ text }) => text);
    return { code, stdout: stdout.join('\n'), output: lines.map(({ text }) => text).join('\n') };
  } catch (error) {
    if (!(error instanceof ProcessError) || error.code !== 'ERR_GLOVEBOX_PROCESS_START') throw error;
    throw new UnsupportedError({
      capability: "one of Debian's kernels",
      reason: `this machine has no ${name}, which downloads and unpacks them`,
      fix: 'use a Debian or Ubuntu system, or give the path of an image: kernel: { path: "/boot/vmlinuz-…", modules: "/lib/modules/…" }',
    });
  }
}
