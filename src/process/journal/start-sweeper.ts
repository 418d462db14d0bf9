import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { unref } from '../isolation/unref.js';

/** Its input ends with the process that started it, whatever ends that. A journal that was closed is not there then. */
const SCRIPT = 'read -r nothing; [ -e "$1" ] || exit 0; shift; exec "$@"';

/** What it is called in lists of processes. */
export const SWEEPER_NAME = 'glovebox-sweeper';

/**
 * Starts what sweeps a journal when this process has ended: a shell, until then, in a session of its own.
 *
 * @returns what lets it end
 */
export function startSweeper(journal: string): () => void {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const command = [process.execPath, ...locateEntry(), journal];
  const sweeper = spawn('sh', ['-c', SCRIPT, SWEEPER_NAME, journal, ...command], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without one, the next run sweeps.
  sweeper.once('error', () => {});
  sweeper.unref();
  sweeper.stdin?.on('error', () => {});
  unref(sweeper.stdin);
  return () => sweeper.stdin?.destroy();
}

/** Beside this file as long as that is a source; once built, this may be in any file of the package. */
function locateEntry(): readonly string[] {
  const self = import.meta.url;
  if (!self.endsWith('.ts')) {
    const folder = self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length);
    return [fileURLToPath(new URL('process/journal/sweeper.js', folder))];
  }
  const hooks = new URL('../../../scripts/typescript-hooks.mjs', self).href;
  return ['--import', hooks, fileURLToPath(new URL('./sweeper.ts', self))];
}
