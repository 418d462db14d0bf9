import { constants } from 'node:os';
import process from 'node:process';
import { errnoOf } from '../../core/kernel-error.js';

/** Of a program that the kernel ends since nobody reads what it writes. */
export const BROKEN_PIPE_EXIT_CODE: number = 128 + constants.signals.SIGPIPE;

/**
 * Waits for what writes to this process's outputs; `undefined` when nobody reads them any more, as behind `| head`.
 *
 * @throws what writing fails with otherwise, as on a disk that is full
 */
export async function untilOutputBreaks<T>(relay: Promise<T>): Promise<T | undefined> {
  const broken = new Promise<never>((_, reject) => {
    // It stays: an error that comes late would end this process before it has tidied up.
    for (const output of [process.stdout, process.stderr]) output.on('error', reject);
  });
  try {
    return await Promise.race([relay, broken]);
  } catch (error) {
    if (errnoOf(error) !== 'EPIPE') throw error;
    return undefined;
  } finally {
    relay.catch(() => {});
    broken.catch(() => {});
  }
}
