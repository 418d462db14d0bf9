import { Process } from './process.js';
import { checkSpawn, type SpawnOptions } from './spawn-options.js';

/**
 * Starts a program and waits until it is ready. Arguments go to it as they are: nothing is passed through a shell.
 *
 * @throws UsageError with every mistake
 * @throws ProcessError `ERR_GLOVEBOX_PROCESS_START` when it cannot be started, `ERR_GLOVEBOX_PROCESS_NOT_READY` when it
 * ends first or takes too long; nothing is left of it then
 * @throws UnsupportedError when isolation was asked for that is not to be had
 *
 * @example
 * ```ts
 * await using server = await spawn('my-server', ['--port', '8080'], { ready: { log: 'listening' } });
 * await server.stop();
 * ```
 */
export async function spawn(
  command: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Process> {
  checkSpawn(command, args, options);
  const process = new Process(command, [...args], { ...options }, captureCaller(spawn));
  try {
    await process.start();
    return process;
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

/** This package: what it calls of itself is no news for a test. */
const OWN = /^.*\/(?:src|dist)\//.exec(import.meta.url)?.[0] ?? import.meta.url;

/** The line of a test that called, through whatever of this package: `at /home/me/relay.test.ts:12:5`. */
function captureCaller(called: (...args: never[]) => unknown): string | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, called);
  const lines = holder.stack?.split('\n').slice(1) ?? [];
  const line = lines.find((each) => !each.includes(OWN) && !each.includes(OWN.replace('file://', ''))) ?? lines[0];
  return line
    ?.trim()
    .replace(/^at .*\((.*)\)$/, 'at $1')
    .replace(/^at async /, 'at ')
    .replace('file://', '');
}
