import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { StartContainer } from './start-container.ts';

/**
 * Handlers have no limits. Control groups for them would stay when the host is killed; where it cannot make any, a
 * runc that has been told so goes without.
 */
const SCRIPT = `
set -e
grep ' /sys/fs/cgroup' /proc/self/mountinfo | while read -r _ _ _ _ place _; do mount -o remount,bind,ro "$place"; done
exec "$@"
`;

/** Containers by runc, which keeps its notes in their bundles. */
export function startWithRunc(program: string): StartContainer {
  return ({ folder }, descriptors) =>
    spawn(
      'setpriv',
      [
        // In a pid namespace of its own: runc's end alone would not be that of its container.
        ...['--pdeathsig', 'KILL', 'unshare', '--fork', '--kill-child=KILL', '--pid', '--mount-proc'],
        ...['sh', '-c', SCRIPT, 'sh', program, '--rootless=true', '--root', join(folder, 'runc')],
        // One that was killed has left its note.
        ...['run', '--bundle', folder, '--preserve-fds', `${descriptors.length}`, `faas-${randomUUID()}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe', ...descriptors] },
    );
}
