import { captureCaller } from '../core/capture-caller.js';
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
  return spawnFrom(captureCaller(spawn), command, args, options);
}

/** @internal {@link spawn}, for those who are called by a test and know the line. */
export async function spawnFrom(
  startedAt: string | undefined,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<Process> {
  checkSpawn(command, args, options);
  const process = new Process(command, [...args], { ...options }, startedAt);
  try {
    await process.start();
    return process;
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}
