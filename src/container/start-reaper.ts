import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Its input ends with the process that started it, whatever ends that. */
const SCRIPT = 'read -r word; [ "$word" = done ] && exit 0; exec "$@"';

/**
 * Starts what removes the things of one lifetime when this process is killed: a shell, until then, in a session of its own.
 *
 * @returns what lets it end
 */
export function startReaper(id: string): () => void {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const reaper = spawn('sh', ['-c', SCRIPT, 'glovebox-reaper', process.execPath, ...locateEntry(), id], {
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

function locateEntry(): readonly string[] {
  const self = import.meta.url;
  if (!self.endsWith('.ts')) {
    const folder = self.slice(0, self.lastIndexOf('/dist/') + '/dist/'.length);
    return [fileURLToPath(new URL('container/reaper.js', folder))];
  }
  const hooks = new URL('../../scripts/typescript-hooks.mjs', self).href;
  return ['--import', hooks, fileURLToPath(new URL('./reaper.ts', self))];
}
