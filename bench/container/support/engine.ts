import process from 'node:process';
import startTestEngine from '../../../test/container/support/engine.js';

let starting: Promise<unknown> | undefined;

/** The engine of the tests, which ends with this process, unless `DOCKER_HOST` names one. */
export async function useEngine(): Promise<void> {
  starting ??= startTestEngine();
  await starting;
  // There is none to be pulled.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
}
