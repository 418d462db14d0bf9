import { spawn } from 'node:child_process';
import process from 'node:process';
import { planEntryCommand } from '../../native/locate-entry.js';
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
  const command = [...planEntryCommand('process/journal/sweeper'), journal];
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
