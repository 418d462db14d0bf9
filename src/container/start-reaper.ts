import { spawn } from 'node:child_process';
import process from 'node:process';
import { planEntryCommand } from '../native/locate-entry.js';

/** Its input ends with the process that started it, whatever ends that. */
const SCRIPT = 'read -r word; [ "$word" = done ] && exit 0; exec "$@"';

/**
 * Starts what removes the things of one lifetime when this process is killed: a shell, until then, in a session of its own.
 *
 * @returns what lets it end
 */
export function startReaper(id: string): () => void {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const reaper = spawn('sh', ['-c', SCRIPT, 'glovebox-reaper', ...planEntryCommand('container/reaper'), id], {
    cwd: '/',
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without one, the next start removes what is left.
  reaper.once('error', () => {});
  reaper.unref();
  reaper.stdin.on('error', () => {});
  if ('unref' in reaper.stdin && typeof reaper.stdin.unref === 'function') reaper.stdin.unref();
  return () => reaper.stdin.end('done\n');
}
