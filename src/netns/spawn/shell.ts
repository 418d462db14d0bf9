import type { ChildProcess } from 'node:child_process';
import { createZx, type Shell } from '../../process/shell/shell.js';
import type { Inside } from '../inside.js';
import { createSpawn, createSpawnSync } from './spawn-inside.js';

/** A shell whose every command is started inside. */
export function createShell(inside: Inside): Shell {
  const own = (child: ChildProcess, forgive: () => void): void => {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    // A command that nobody awaits is no unhandled rejection when the end of its namespace has killed it.
    inside.belongings.add({ label: `output of process ${child.pid}`, stop: forgive, ended });
  };
  return createZx({ spawn: createSpawn(inside), spawnSync: createSpawnSync(inside), own });
}
